// To come.

export function AccessPanel() {
  return <aside />;
}
