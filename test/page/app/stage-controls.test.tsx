import { describe, expect, it } from "@jest/globals";
import { renderToStaticMarkup } from "react-dom/server";
import {
  FaultMenu,
  FaultSwitches,
  howMuchFails,
} from "../../../local/page/app/stage/fault-menu.tsx";
import { JumpButton, whereTo } from "../../../local/page/app/stage/jump-button.tsx";
import { LineState } from "../../../local/page/app/stage/line-state.tsx";
import { SpeedChoice } from "../../../local/page/app/stage/speed-choice.tsx";
import { StageClock } from "../../../local/page/app/stage/stage-clock.tsx";
import { TroubleNote } from "../../../local/page/app/stage/trouble-note.tsx";
import type { FaultSwitch } from "../../../local/page/protocol.ts";

const NOW = Date.UTC(2026, 10, 22, 14, 2, 3);
const nothing = () => undefined;

describe("the clock", () => {
  it("tells time, date and zone", () => {
    const html = renderToStaticMarkup(<StageClock at={NOW} zone="UTC" />);
    expect(html).toContain('dateTime="2026-11-22T14:02:03.000Z">14:02:03</time>');
    expect(html).toContain("Sun 22 Nov 2026, UTC");
  });
});

describe("the speed", () => {
  it("is the one that is chosen, and is told in words", () => {
    const html = renderToStaticMarkup(<SpeedChoice speed={60} choose={nothing} />);
    expect(html.match(/<input[^>]*checked=""[^>]*\/><span>(\d+)×/)?.[1]).toBe("60");
    expect(html).toContain("a second is a minute");
  });
});

describe("the jump to the end", () => {
  const jump = async () => undefined;

  it("says when the next end is", () => {
    expect(whereTo(NOW + 57 * 60_000, NOW, "UTC")).toBe("The next end: 14:59:03, in 57 min 00 s");
    expect(whereTo(NOW - 1, NOW, "UTC")).toBe("The next end: 14:02:02, now");
  });

  it("can be pressed while something is lent", () => {
    const html = renderToStaticMarkup(<JumpButton nextEndAt={NOW + 1} jump={jump} now={NOW} />);
    expect(html).toContain('aria-disabled="false"');
  });

  it("says why it cannot be pressed where nothing is", () => {
    const html = renderToStaticMarkup(<JumpButton nextEndAt={undefined} jump={jump} now={NOW} />);
    expect(html).toContain('aria-disabled="true"');
    const reason = /aria-describedby="([^"]+)"/.exec(html)?.[1];
    expect(html).toContain(`id="${reason}">Nothing is lent, so nothing ends<`);
  });
});

describe("the faults", () => {
  const slack: FaultSwitch = {
    name: "slack-down",
    title: "Slack is down",
    says: "Slack answers 503.",
    isOn: true,
  };
  const iam: FaultSwitch = { ...slack, name: "iam-throttled", title: "IAM is slow", isOn: false };

  it.each([
    [0, "Nothing is made to fail"],
    [1, "1 thing is made to fail"],
    [3, "3 things are made to fail"],
  ])("%d on: %s", (on, words) => {
    expect(howMuchFails(on)).toBe(words);
  });

  it("say how many are on while the menu is closed", () => {
    const html = renderToStaticMarkup(<FaultMenu faults={[slack, iam]} turn={nothing} />);
    expect(html).toContain('aria-expanded="false"');
    expect(html).toContain("1 thing is made to fail");
  });

  it("are switches with a name, a state and what happens", () => {
    const html = renderToStaticMarkup(<FaultSwitches faults={[slack, iam]} turn={nothing} />);
    expect(html.match(/role="switch"/g)).toHaveLength(2);
    expect(html.match(/checked=""/g)).toHaveLength(1);
    expect(html).toMatch(/Slack is down<\/span><span[^>]*>on</);
    expect(html).toMatch(/IAM is slow<\/span><span[^>]*>off</);
    const says = /aria-describedby="([^"]+)"/.exec(html)?.[1];
    expect(html).toContain(`id="${says}">Slack answers 503.<`);
  });
});

describe("the line to Latchkey", () => {
  it("is told in words", () => {
    expect(renderToStaticMarkup(<LineState connected="open" />)).toContain(">connected<");
    expect(renderToStaticMarkup(<LineState connected="lost" />)).toContain(
      ">Latchkey does not answer; trying again<",
    );
  });
});

describe("trouble", () => {
  it("is said where there is any", () => {
    const told = renderToStaticMarkup(<TroubleNote trouble="Nothing ends." close={nothing} />);
    expect(told).toContain("Nothing ends.");
    const quiet = renderToStaticMarkup(<TroubleNote trouble={undefined} close={nothing} />);
    expect(quiet).toBe('<div class="st-trouble" role="alert"></div>');
  });
});
