// To come.

export function Workspace() {
  return <section />;
}
