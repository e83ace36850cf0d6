// To come.

export function StageBar() {
  return <header />;
}
