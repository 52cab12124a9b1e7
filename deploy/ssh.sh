#!/usr/bin/env bash
# ssh.sh HOSTS ARGUMENT...: a run on several machines by plain ssh.
#
#   deploy/ssh.sh hosts.txt --config conf/vitb16.conf --set data.uri=s3://BUCKET/train --set checkpoint.uri=s3://BUCKET/run \
#     --set cluster.insecure=true       # in a network that is yours alone; else certificates and a secret: docs/multi-node.md
#
# HOSTS is a file: one HOST or HOST:PORT a line (port 2551 unless given), # begins a comment; cluster.ring-port fits one node a machine. All machines have this folder at the same path
# (or IJEPA_HOME says where). What follows goes to `ijepa pretrain` on each; names, addresses and seed nodes are added. Output is
# prefixed with the host. Ctrl-C or SIGTERM stops all: they finish the step and write a checkpoint; the same command goes on.
#
#   IJEPA_HOME   the project's folder on the machines (default: here)
#   IJEPA_SSH    what runs a line on a machine: HOST and LINE are added (default: ssh -tt -o BatchMode=yes)
set -uo pipefail

fail() {
  printf 'ssh.sh: %s\n' "$1" >&2
  exit 2
}

[ "$#" -ge 1 ] || fail 'name a file with a host a line, then the arguments of pretrain'
[ -r "$1" ] || fail "no file $1 that can be read; it should name a host a line"
home=${IJEPA_HOME:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)}
read -r -a remote <<<"${IJEPA_SSH:-ssh -tt -o BatchMode=yes}"

nodes=()
while read -r line || [ -n "$line" ]; do
  line=${line%%#*}
  line=${line//[[:space:]]/}
  [ -n "$line" ] || continue
  case $line in
    *@*) fail "$line: a host alone is wanted; names of users belong in ~/.ssh/config" ;;
    *:*) nodes+=("$line") ;;
    *) nodes+=("$line:2551") ;;
  esac
done <"$1"
shift
[ "${#nodes[@]}" -gt 0 ] || fail 'the file names no host'

# The first two found the cluster; the others join through either.
seeds="\"${nodes[0]}\""
[ "${#nodes[@]}" -lt 2 ] || seeds="$seeds,\"${nodes[1]}\""

arguments=
[ "$#" -eq 0 ] || arguments=$(printf ' %q' "$@")

# Where a machine keeps the number of its node's process; the words are for its own shell.
pid_file() {
  # shellcheck disable=SC2016
  printf '"${TMPDIR:-/tmp}/ijepa-$(id -u)-%s.pid"' "$1"
}

pids=()
# The signal goes to the nodes, not to what connects us with them: that ends when they have. What cannot be reached is let go.
stop() {
  local i
  for i in "${!pids[@]}"; do
    {
      "${remote[@]}" "${nodes[$i]%:*}" "kill -TERM \$(cat $(pid_file "${nodes[$i]##*:}"))" || kill -TERM "${pids[$i]}"
    } </dev/null >/dev/null 2>&1 &
  done
}
trap stop TERM INT HUP

for i in "${!nodes[@]}"; do
  node=${nodes[$i]}
  host=${node%:*}
  port=${node##*:}
  line="cd $(printf %q "$home") && echo \$\$ >$(pid_file "$port") && exec ./ijepa pretrain$arguments --set cluster.host=$host --set cluster.port=$port"
  line="$line --set cluster.node-name=node-$i --set cluster.min-trainers=${#nodes[@]} --set $(printf %q "cluster.seed-nodes=[$seeds]")"
  # Not a pipe: its process would be the one that a signal reaches.
  "${remote[@]}" "$host" "$line" > >(sed -u "s/^/[$node] /") 2>&1 </dev/null &
  pids+=("$!")
done

worst=0
for pid in "${pids[@]}"; do
  wait "$pid"
  code=$?
  while kill -0 "$pid" 2>/dev/null; do
    wait "$pid"
    code=$?
  done
  [ "$code" -le "$worst" ] || worst=$code
done
exit "$worst"
