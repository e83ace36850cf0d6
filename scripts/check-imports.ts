// Part of `npm run check`: which way imports may point (the table of the design), and that somebody has looked.

import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";

type Rule = IForbiddenRuleType;

const FOLDERS = ["functions", "lib", "local", "deploy", "scripts", "bench"];
// The rules match nothing where the files were not found, or their TypeScript was not read.
const FEWEST_MODULES = 150;

/** Files of `from` may import, of this project, only what `to` names. */
const only = (name: string, from: string, to: readonly string[]): Rule => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: "^(lib|functions|local|scripts|deploy|bench|test)/", pathNot: [from, ...to] },
});

/** Files of `from` may not import packages that match `packages`. */
const never = (name: string, from: string, packages: string): Rule => ({
  name,
  severity: "error",
  from: { path: from },
  to: { path: packages },
});

const AWS = "node_modules/@(aws-sdk|smithy)/";
const KUBERNETES = "node_modules/@kubernetes/";
const SLACK = "node_modules/@slack/";
const POWERTOOLS = "node_modules/@aws-lambda-powertools/";

const FORBIDDEN: Rule[] = [
  { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
  {
    name: "resolvable",
    severity: "error",
    from: {},
    to: { couldNotResolve: true, pathNot: "^node:" },
  },
  only("grant-imports-nothing", "^lib/grant/", []),
  only("policy-imports-grant", "^lib/policy/", ["^lib/grant/"]),
  only("store-imports-grant", "^lib/store/", ["^lib/grant/", "^lib/shape\\.ts$"]),
  only("a-target-imports-its-door-and-grant", "^lib/targets/", ["^lib/grant/"]),
  only("broker-imports-doors-only", "^lib/broker/", [
    "^lib/grant/",
    "^lib/policy/",
    "^lib/store/store\\.ts$",
    "^lib/targets/target\\.ts$",
  ]),
  only("slack-imports-broker-grant-policy-store-door", "^lib/slack/", [
    "^lib/broker/",
    "^lib/grant/",
    "^lib/policy/",
    "^lib/store/store\\.ts$",
    "^lib/shape\\.ts$",
  ]),
  only("functions-import-compose", "^functions/", ["^lib/compose/"]),
  only("the-page-imports-what-it-shows", "^local/page/app/", [
    "^local/page/(protocol|quiet)\\.ts$",
    "^local/slack/",
    "^lib/(grant|policy|slack)/",
  ]),
  never("the-page-runs-in-a-browser", "^local/page/app/", `^node:|${AWS}|${KUBERNETES}`),
  {
    name: "targets-do-not-know-each-other",
    severity: "error",
    from: { path: "^lib/targets/aws-auth/" },
    to: { path: "^lib/targets/iam-group\\.ts$" },
  },
  never("the-core-is-pure", "^lib/grant/", "node_modules|^node:|^(crypto|fs|http|process|timers)"),
  never("broker-knows-no-implementation", "^lib/broker/", `${AWS}|${KUBERNETES}|${SLACK}`),
  never("policy-knows-no-service", "^lib/policy/", `${AWS}|${KUBERNETES}|${SLACK}`),
  never("slack-knows-no-aws", "^lib/slack/", `${AWS}|${KUBERNETES}`),
  never("store-knows-no-other-service", "^lib/store/", `${KUBERNETES}|${SLACK}`),
  never("targets-know-no-slack", "^lib/targets/", SLACK),
  {
    // It would be loaded before the first answer to Slack.
    name: "powertools-is-for-the-workers",
    severity: "error",
    from: { path: "^functions/slack\\.ts$" },
    to: { path: "^lib/powertools\\.ts$", reachable: true },
  },
  never("powertools-is-in-one-place", "^lib/(?!powertools\\.ts)", POWERTOOLS),
  {
    name: "product-does-not-know-its-tests",
    severity: "error",
    from: { path: "^(lib|functions)/" },
    to: { path: "^(local|test|bench|scripts|deploy)/" },
  },
];

const { output } = await cruise(FOLDERS, {
  doNotFollow: { path: "node_modules" },
  tsPreCompilationDeps: true,
  enhancedResolveOptions: {
    exportsFields: ["exports"],
    conditionNames: ["import", "node", "default", "types"],
  },
  validate: true,
  ruleSet: { forbidden: FORBIDDEN },
});
const { violations, totalCruised } = (output as ICruiseResult).summary;
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} → ${to}`);
console.log(`${totalCruised} modules, ${violations.length} imports in the wrong direction`);
if (violations.length > 0) process.exitCode = 1;
if (totalCruised < FEWEST_MODULES) {
  console.error(`Only ${totalCruised} modules were looked at: the rules have checked nothing.`);
  process.exitCode = 1;
}
