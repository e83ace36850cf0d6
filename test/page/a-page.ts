// A page's state with nothing in it, for tests that look at how it travels.

import type { PageState } from "../../local/page/protocol.ts";

export const EMPTY: PageState = {
  slack: {
    team: { id: "T0ACME", name: "Acme" },
    app: { botUser: "U0LATCHKEY", name: "Latchkey", commands: [], shortcuts: [] },
    users: [],
    cast: [],
    usergroups: [],
    channels: [],
    messages: [],
    homes: {},
    modals: {},
  },
  access: {
    lookedAt: 0,
    groups: [],
    mayAssume: [],
    questions: [],
    awsAuth: { cluster: "bttrm-eks-dev-0", lines: [] },
    grants: [],
  },
  stage: { now: 1_000, speed: 1, faults: [] },
  work: { passes: [] },
};
