// How jest runs the TypeScript tests: as ES modules, transformed by swc, with no type check (tsc does that).
const swc = ({ tsx = false }) => ({
  jsc: {
    parser: { syntax: "typescript", tsx },
    target: "es2024",
    transform: { react: { runtime: "automatic" } },
  },
  module: { type: "es6" },
});

export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test"],
  testMatch: ["**/*.test.ts", "**/*.test.tsx"],
  extensionsToTreatAsEsm: [".ts", ".tsx"],
  transform: {
    "^.+\\.ts$": ["@swc/jest", swc({})],
    "^.+\\.tsx$": ["@swc/jest", swc({ tsx: true })],
  },
  injectGlobals: false,
  testTimeout: 30_000,
};
