#!/usr/bin/env python3
"""A cable between two network namespaces that is as slow as one says, for kernels whose tc has no netem.

    slow_cable.py ONE TWO GIGABITS MILLISECONDS    gives each the device "cable", 10.77.0.1 and 10.77.0.2, until killed

A packet leaves behind the one before it, at that rate, and arrives that much later.
"""

import collections
import fcntl
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
PACKET = 65000  # few large ones: each costs this process, which computes on the same cores, the same time


def device(namespace, name, address):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "netns", namespace, "name", "cable"], check=True)
    for words in (f"address add {address}/24 dev cable", f"link set cable mtu {PACKET} txqueuelen 1000 up"):
        subprocess.run(["ip", "-n", namespace, *words.split()], check=True)
    return tun


def main():
    one, two, gigabits, milliseconds = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
    ends = [device(one, "reelcable1", "10.77.0.1"), device(two, "reelcable2", "10.77.0.2")]
    print("ready", flush=True)
    free = [0.0, 0.0]  # when the last packet from this end has left
    under_way = [collections.deque(), collections.deque()]  # (arrival, packet) from this end
    while True:
        now = time.monotonic()
        for end in (0, 1):
            while under_way[end] and under_way[end][0][0] <= now:
                os.write(ends[1 - end], under_way[end].popleft()[1])
        arrivals = [queue[0][0] for queue in under_way if queue]
        wait = max(0.0, min(arrivals) - time.monotonic()) if arrivals else None
        for tun in select.select(ends, [], [], wait)[0]:
            end, packet = ends.index(tun), os.read(tun, PACKET + 100)
            free[end] = max(free[end], time.monotonic()) + len(packet) * 8e-9 / gigabits
            under_way[end].append((free[end] + milliseconds * 1e-3, packet))


main()
