// The blocks of a message or a view, one below the other, as Slack's desktop client lays them out.

import type { SlackBlock } from "../../../slack/block-kit.ts";
import { ActionButton } from "./action-button.tsx";
import { inOrder } from "./in-order.ts";
import { InputField } from "./input-field.tsx";
import { RichText } from "./rich-text.tsx";
import { Text, typeNamed } from "./text-object.tsx";
import { Unknown } from "./unknown.tsx";

type Of<Type extends SlackBlock["type"]> = Extract<SlackBlock, { readonly type: Type }>;

/** Stands in a `Surface`, and in a form where there are inputs. */
export function Blocks({ blocks }: { readonly blocks: readonly SlackBlock[] }) {
  return (
    <div className="bk-blocks">
      {blocks.map((block) => (
        <Block key={block.block_id} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { readonly block: SlackBlock }) {
  switch (block.type) {
    case "header":
      return (
        <h3 className="bk-header">
          <Text text={block.text} />
        </h3>
      );
    case "divider":
      return <hr className="bk-divider" />;
    case "section":
      return <Section block={block} />;
    case "context":
      return <Context block={block} />;
    case "actions":
      return <Actions block={block} />;
    case "input":
      return <InputField block={block} />;
    case "rich_text":
      return <RichText block={block} />;
    // Latchkey sends no images.
    default:
      return <Unknown what={typeNamed("the block", block)} part={block} />;
  }
}

function Section({ block }: { readonly block: Of<"section"> }) {
  const { text, fields, accessory } = block;
  return (
    <div className="bk-section">
      <div className="bk-section-words bk-text">
        {text !== undefined && <Text text={text} />}
        {fields !== undefined && (
          <div className="bk-fields">
            {inOrder(fields, (field) => (
              <div>
                <Text text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {accessory !== undefined && (
        <div className="bk-accessory">
          <ActElement blockId={block.block_id ?? ""} element={accessory} />
        </div>
      )}
    </div>
  );
}

function Context({ block }: { readonly block: Of<"context"> }) {
  return (
    <div className="bk-context">
      {inOrder(block.elements, (element) =>
        element.type === "image" ? (
          <Unknown what={typeNamed("the element", element)} part={element} />
        ) : (
          <div className="bk-text">
            <Text text={element} />
          </div>
        ),
      )}
    </div>
  );
}

function Actions({ block }: { readonly block: Of<"actions"> }) {
  return (
    <div className="bk-actions">
      {block.elements.map((element) => (
        <ActElement key={element.action_id} blockId={block.block_id ?? ""} element={element} />
      ))}
    </div>
  );
}

/** An element outside of input blocks: Latchkey has buttons there, nothing else. */
function ActElement(props: {
  readonly blockId: string;
  readonly element: NonNullable<Of<"section">["accessory"]>;
}) {
  const { blockId, element } = props;
  if (element.type === "button") return <ActionButton blockId={blockId} element={element} />;
  return <Unknown what={typeNamed("the element", element)} part={element} />;
}
