// The kubeconfig with which a `kubectl` outside the process talks to the local cluster.

export interface KubeconfigOptions {
  /** Name of the cluster, context and user alike. */
  readonly name: string;
  readonly server: string;
  /** The CA's PEM in base64, as EKS hands it out. */
  readonly certificateAuthority: string;
  /** How the user proves who they are: a bearer token, or a command that prints one. */
  readonly user: { readonly token: string } | { readonly exec: ExecCredential };
}

/** A command that prints an `ExecCredential`, such as `aws eks get-token`. */
interface ExecCredential {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
}

/** The file's text. JSON is YAML, and kubectl reads it. */
export function renderKubeconfig(options: KubeconfigOptions): string {
  const { name, server, certificateAuthority } = options;
  const user =
    "token" in options.user
      ? { token: options.user.token }
      : {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            interactiveMode: "Never",
            ...options.user.exec,
          },
        };
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    contexts: [{ name, context: { cluster: name, user: name } }],
    clusters: [{ name, cluster: { server, "certificate-authority-data": certificateAuthority } }],
    users: [{ name, user }],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}
