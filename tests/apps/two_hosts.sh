#!/bin/sh
# Two hosts on one machine, each a network namespace with a host name of its own and a cable (veth) between them: runs a
# training on one process of each, says how many bytes went over the cable, and holds the weights against those of one
# process. As root:
#
#   tests/apps/two_hosts.sh build/release/apps/mnist --generated 6000 --epochs 1
#   GIGABITS=1 MILLISECONDS=0.5 tests/apps/two_hosts.sh build/release/apps/cifar10 --data data --epochs 1 --threads 1
#
# The second over a cable that is so slow (slow_cable.py).
set -eu
here=$(dirname "$(realpath "$0")")
program=$(realpath "$1")
shift
work=$(mktemp -d)
one=reel-one two=reel-two
cable=""
end() {
  [ -z "$cable" ] || kill "$cable"
  for host in $one $two; do ip netns del $host 2> /dev/null || true; done
  rm -rf "$work"
}
trap end EXIT INT TERM

for host in $one $two; do
  ip netns add $host
  ip -n $host link set lo up
done
if [ -n "${GIGABITS:-}" ]; then
  mkfifo "$work/ready"
  python3 "$here/slow_cable.py" $one $two "$GIGABITS" "${MILLISECONDS:-0}" > "$work/ready" &
  cable=$!
  read -r _ < "$work/ready"
else
  ip link add cable netns $one type veth peer name cable netns $two
  ip -n $one address add 10.77.0.1/24 dev cable
  ip -n $two address add 10.77.0.2/24 dev cable
  ip -n $one link set cable up
  ip -n $two link set cable up
fi

# What mpirun calls in the place of ssh: HOST COMMAND...
cat > "$work/agent" << 'EOF'
#!/bin/sh
shift
exec unshare --uts sh -c 'hostname reel-two; exec ip netns exec reel-two sh -c "$*"' sh "$@"
EOF
chmod +x "$work/agent"

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
bytes() { ip netns exec $one cat /sys/class/net/cable/statistics/rx_bytes /sys/class/net/cable/statistics/tx_bytes; }
before=$(($(bytes | paste -sd+)))
unshare --uts sh -c 'hostname reel-one; exec ip netns exec reel-one "$@"' sh \
  mpirun --mca plm_rsh_agent "$work/agent" --mca btl tcp,self --mca btl_tcp_if_include cable \
  --mca oob_tcp_if_include cable --bind-to none --host 10.77.0.1,10.77.0.2 -n 2 "$program" "$@" | tee "$work/both"
after=$(($(bytes | paste -sd+)))
"$program" --shards 8 "$@" > "$work/alone"
echo "over the cable: $((after - before)) bytes both ways"
if [ "$(tail -n 2 "$work/both")" = "$(tail -n 2 "$work/alone")" ]; then
  echo "the same weights as one process"
else
  tail -n 2 "$work/alone"
  echo "other weights than one process" >&2
  exit 1
fi
