#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Made traffic is sent into a veth pair in a network namespace of its own and read from the other end through each
# kind of DPDK device: every packet must arrive, with the same octets as source/pcap reads from the capture.
# usage: live_source.sh SYNTH_PCAP SOURCE_COUNT
set -eu

skip() {
	echo "skipped: $1"
	exit 77
}

if [ "${KUKLA_IN_NETNS:-}" != 1 ]; then
	[ "$(id -u)" = 0 ] || skip "a network namespace needs root"
	for tool in unshare ip tcpreplay; do
		command -v $tool >/dev/null || skip "$tool is not installed"
	done
	"$2" dpdk 1 2>&1 | grep -q 'no such source' && skip "built without DPDK"
	propagation=private # where the root is no mount point, as in a chroot, that cannot be had
	unshare --net --mount true 2>/dev/null || propagation=unchanged
	unshare --net --mount --propagation $propagation true 2>/dev/null || skip "no network namespace can be made here"
	KUKLA_IN_NETNS=1 exec unshare --net --mount --propagation $propagation "$0" "$@"
fi

synth=$1 count=$2
dir=$(mktemp -d)
reader=
trap '[ -z "$reader" ] || kill $reader 2>/dev/null || :; rm -rf "$dir"' EXIT

ip link add kukla0 type veth peer name kukla1 || skip "no veth pair can be made here"
for end in kukla0 kukla1; do
	echo 1 >/proc/sys/net/ipv6/conf/$end/disable_ipv6 2>/dev/null || :
	ip link set $end up arp off
done

"$synth" "$dir/sent.pcap" flows=2000 bytes=4000 seed=5
"$count" pcap 1 "$dir/sent.pcap" >"$dir/want" 2>/dev/null

# Reads device $1 in the background, $2 idle seconds; returns when it is open.
begin() {
	: >"$dir/said"
	"$count" dpdk "$2" "$1" >"$dir/got" 2>"$dir/said" &
	reader=$!
	for i in $(seq 100); do
		grep -q '^open' "$dir/said" && return
		kill -0 $reader 2>/dev/null || break
		sleep 0.1
	done
	echo "not open: $(cat "$dir/said")"
}

end() {
	wait $reader || :
	reader=
}

send() {
	tcpreplay -q -i kukla1 "$@" "$dir/sent.pcap" >/dev/null 2>"$dir/replay" || cat "$dir/replay"
}

failed=0
check() { # what, wanted, got
	if [ "$2" = "$3" ]; then
		echo "ok $1: $3"
	else
		echo "not ok $1: wanted $2, got $3"
		failed=1
	fi
}

begin "net_pcap0,rx_pcap=$dir/sent.pcap" 1
end
check "a capture as a device" "$(cat "$dir/want")" "$(cat "$dir/got")"

number() { # of what was got
	sed -n "s/.*\<$1 \([0-9]*\).*/\1/p" "$dir/got"
}

sent=$(sed -n 's/^packets \([0-9]*\) .*/\1/p' "$dir/want")
for device in net_af_packet0 net_pcap0 net_af_xdp0; do
	# Just as sent. A busy machine may not keep up: what was lost is then said, and it is sent again more slowly.
	for pace in 20000 5000 1250 1250 1250; do
		begin $device,iface=kukla0 1
		send --pps $pace
		end
		got=$(number packets)
		if [ "$got" = "$sent" ] || [ $((got + $(number nic_missed) + $(number kernel_dropped))) != "$sent" ]; then
			break
		fi
	done
	check "$device" "$(cat "$dir/want")" "$(cat "$dir/got")"

	# A reader that does not read: what does not fit its rings is lost, and each packet of it counted.
	begin $device,iface=kukla0 1
	kill -STOP $reader
	send --topspeed --loop 3
	kill -CONT $reader
	end
	check "$device under overload sees" $((3 * sent)) "$(number wire_seen)"
	check "$device under overload loses some" yes \
		"$([ "$(number packets)" -lt $((3 * sent)) ] && echo yes)"
done
exit $failed
