// A map from keys to sets that forgets a key with its last member.

export function addTo<Key, Member>(postings: Map<Key, Set<Member>>, key: Key, member: Member): void {
  const members = postings.get(key);
  if (members === undefined) postings.set(key, new Set([member]));
  else members.add(member);
}

export function removeFrom<Key, Member>(postings: Map<Key, Set<Member>>, key: Key, member: Member): void {
  const members = postings.get(key);
  if (members === undefined) return;
  members.delete(member);
  if (members.size === 0) postings.delete(key);
}
