// Layouts that typecheck against @slack/types and that Slack takes: what the validator must let through.

import type { HomeView, KnownBlock, ModalView } from "@slack/types";

const pt = (text: string, emoji = true) => ({ type: "plain_text" as const, text, emoji });
export const modal: ModalView = {
  type: "modal",
  callback_id: "jit_request",
  private_metadata: '{"v":1,"origin":"C1"}',
  title: pt("Request access"),
  submit: pt("Request"),
  close: pt("Cancel"),
  notify_on_close: false,
  blocks: [
    {
      type: "input",
      block_id: "target",
      dispatch_action: true,
      label: pt("What do you need?"),
      element: {
        type: "external_select",
        action_id: "v",
        min_query_length: 0,
        placeholder: pt("Account, role or cluster"),
        focus_on_load: true,
      },
    },
    {
      type: "input",
      block_id: "role",
      label: pt("Role"),
      element: {
        type: "static_select",
        action_id: "v",
        options: [
          { text: pt("ReadOnly"), description: pt("View, no changes"), value: "readonly" },
          { text: pt("PowerUser"), value: "power" },
        ],
      },
    },
    {
      type: "input",
      block_id: "duration",
      label: pt("For how long?"),
      element: {
        type: "static_select",
        action_id: "v",
        initial_option: { text: pt("1 hour"), value: "PT1H" },
        options: [
          { text: pt("30 minutes"), value: "PT30M" },
          { text: pt("1 hour"), value: "PT1H" },
          { text: pt("4 hours"), value: "PT4H" },
        ],
      },
    },
    {
      type: "input",
      block_id: "reason",
      label: pt("Why?"),
      hint: pt("Shown to approvers and kept in the audit log. No secrets."),
      element: {
        type: "plain_text_input",
        action_id: "v",
        multiline: true,
        min_length: 10,
        max_length: 500,
      },
    },
    {
      type: "input",
      block_id: "ticket",
      optional: true,
      label: pt("Ticket or incident"),
      element: { type: "plain_text_input", action_id: "v", max_length: 64 },
    },
    {
      type: "context",
      block_id: "policy.1",
      elements: [
        {
          type: "mrkdwn",
          text: "*Approval:* 1 of <!subteam^S0123>. Max 4 hours. You cannot approve your own request.",
        },
      ],
    },
  ],
};
export const card: { text: string; blocks: KnownBlock[] } = {
  text: "Access request REQ-7K2M from Ada Byrne: prod-payments / ReadOnly for 1 hour. Pending approval.",
  blocks: [
    { type: "header", block_id: "h.3", text: pt("🟡 Pending: prod-payments / ReadOnly") },
    {
      type: "section",
      block_id: "f.3",
      fields: [
        { type: "mrkdwn", text: "*Requester*\n<@U0ADA>" },
        { type: "mrkdwn", text: "*Duration*\n1 hour" },
        { type: "mrkdwn", text: "*Account*\nprod-payments `1111 2222 3333`" },
        { type: "mrkdwn", text: "*Needs*\n1 of <!subteam^S0123>" },
      ],
    },
    {
      type: "rich_text",
      block_id: "r.3",
      elements: [
        {
          type: "rich_text_section",
          elements: [{ type: "text", text: "Reason", style: { bold: true } }],
        },
        {
          type: "rich_text_quote",
          elements: [{ type: "text", text: "user text, verbatim <!channel> *not bold*" }],
        },
      ],
    },
    {
      type: "actions",
      block_id: "act.REQ-7K2M.3",
      elements: [
        {
          type: "button",
          action_id: "jit_approve",
          style: "primary",
          text: pt("Approve"),
          accessibility_label: "Approve request REQ-7K2M from Ada Byrne",
          value: "REQ-7K2M.3.8f1c",
          confirm: {
            title: pt("Approve access?"),
            text: {
              type: "mrkdwn",
              text: "<@U0ADA> gets *ReadOnly* in *prod-payments* for *1 hour*.",
            },
            confirm: pt("Approve"),
            deny: pt("Back"),
          },
        },
        {
          type: "button",
          action_id: "jit_deny",
          style: "danger",
          text: pt("Deny…"),
          accessibility_label: "Deny request REQ-7K2M, opens a reason form",
          value: "REQ-7K2M.3.8f1c",
        },
        {
          type: "overflow",
          action_id: "jit_more",
          options: [
            { text: pt("View policy"), value: "policy" },
            { text: pt("Cancel request (requester)"), value: "cancel" },
          ],
        },
      ],
    },
    {
      type: "context",
      block_id: "c.3",
      elements: [
        {
          type: "mrkdwn",
          text: "REQ-7K2M · asked <!date^1763820000^{date_short_pretty} {time}|2025-11-22 14:00 UTC> · lapses <!date^1763823600^{time}|15:00 UTC>",
        },
      ],
    },
  ],
};
export const dm: { text: string; blocks: KnownBlock[] } = {
  text: "Your access to prod-payments / ReadOnly is active until 16:00 UTC.",
  blocks: [
    { type: "header", text: pt("🟢 Access active: prod-payments / ReadOnly") },
    {
      type: "section",
      text: {
        type: "mrkdwn",
        text: "Until <!date^1763827200^{date_short_pretty} {time}|2025-11-22 16:00 UTC>, approved by <@U0BOB>.",
      },
    },
    {
      type: "rich_text",
      elements: [
        {
          type: "rich_text_section",
          elements: [{ type: "text", text: "AWS CLI", style: { bold: true } }],
        },
        {
          type: "rich_text_preformatted",
          elements: [
            {
              type: "text",
              text: "aws sso login --profile prod-payments-ro\naws sts get-caller-identity --profile prod-payments-ro",
            },
          ],
        },
        {
          type: "rich_text_section",
          elements: [{ type: "text", text: "kubectl", style: { bold: true } }],
        },
        {
          type: "rich_text_preformatted",
          elements: [
            {
              type: "text",
              text: "aws eks update-kubeconfig --name payments --region eu-west-1 --profile prod-payments-ro\nkubectl get ns",
            },
          ],
        },
      ],
    },
    {
      type: "actions",
      block_id: "dm.REQ-7K2M.5",
      elements: [
        {
          type: "button",
          action_id: "jit_open_console",
          text: pt("Open AWS console"),
          url: "https://example.awsapps.com/start/#/console?account_id=111122223333&role_name=ReadOnly",
        },
        {
          type: "button",
          action_id: "jit_revoke_own",
          style: "danger",
          text: pt("End now"),
          value: "REQ-7K2M.5",
          confirm: {
            title: pt("End access now?"),
            text: pt("You lose this access at once."),
            confirm: pt("End now"),
            deny: pt("Keep"),
          },
        },
      ],
    },
  ],
};
export const home: HomeView = {
  type: "home",
  callback_id: "jit_home",
  private_metadata: "",
  blocks: [
    { type: "header", text: pt("Your access") },
    {
      type: "actions",
      elements: [
        { type: "button", action_id: "jit_new", style: "primary", text: pt("Request access") },
        { type: "button", action_id: "jit_refresh", text: pt("Refresh") },
      ],
    },
    {
      type: "section",
      block_id: "g.REQ-7K2M",
      text: {
        type: "mrkdwn",
        text: "🟢 *prod-payments / ReadOnly*\nends <!date^1763827200^{time}|16:00 UTC> · REQ-7K2M",
      },
      accessory: {
        type: "button",
        action_id: "jit_revoke_own",
        text: pt("End now"),
        style: "danger",
        value: "REQ-7K2M.5",
      },
    },
    { type: "divider" },
    { type: "header", text: pt("Waiting for you (2)") },
    {
      type: "section",
      text: { type: "mrkdwn", text: "🟡 <@U0CAT> · *staging-eks / edit* · 4 hours" },
      accessory: {
        type: "button",
        action_id: "jit_review",
        text: pt("Review"),
        value: "REQ-9Q1A.1",
      },
    },
    { type: "divider" },
    { type: "header", text: pt("Recent") },
    {
      type: "context",
      elements: [
        {
          type: "mrkdwn",
          text: "⚪ staging-eks / view · expired <!date^1763740800^{date_short_pretty}|2025-11-21>",
        },
      ],
    },
    {
      type: "context",
      elements: [{ type: "mrkdwn", text: "Updated <!date^1763820000^{time_secs}|14:00:00 UTC>" }],
    },
  ],
};
