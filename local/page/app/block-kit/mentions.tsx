// People, channels and groups by their names, as whoever the visitor plays sees them.

import { usePage } from "../page-state.tsx";

/** A person; stands out to themself. */
export function UserMention({ id }: { readonly id: string }) {
  const { state, me } = usePage();
  const user = state.slack.users.find((one) => one.id === id);
  return <Mention name={`@${user?.real_name ?? id}`} isMine={id === me} />;
}

/** A user group; stands out to its members. */
export function UsergroupMention({ id }: { readonly id: string }) {
  const { state, me } = usePage();
  const group = state.slack.usergroups.find((one) => one.id === id);
  return <Mention name={`@${group?.handle ?? id}`} isMine={group?.users.includes(me) ?? false} />;
}

/** A channel; of a private one its name is for its members. */
export function ChannelMention({ id }: { readonly id: string }) {
  const { state, me } = usePage();
  const channel = state.slack.channels.find((one) => one.id === id);
  const isHidden = channel?.is_private === true && !channel.members.includes(me);
  return (
    <Mention name={isHidden ? "a private channel" : `#${channel?.name ?? id}`} isMine={false} />
  );
}

/** Everybody who reads it. */
export function Broadcast({ range }: { readonly range: string }) {
  return <Mention name={`@${range}`} isMine={true} />;
}

function Mention(props: { readonly name: string; readonly isMine: boolean }) {
  return (
    <span className={props.isMine ? "bk-mention bk-mention-mine" : "bk-mention"}>{props.name}</span>
  );
}
