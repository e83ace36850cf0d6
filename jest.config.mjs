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
  // One for each processor: the tests mostly wait for what runs beside them.
  maxWorkers: "100%",
  testTimeout: 30_000,
};
