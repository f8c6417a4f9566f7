# waits.py ITEMS: threads hand numbers to each other, and open files and start children meanwhile; prints the sum. Begins when the file GO exists.
import os, queue, subprocess, sys, threading, time

items = int(sys.argv[1])
print("waiting", flush=True)
while not os.path.exists(os.environ["GO"]):
    time.sleep(0.005)
one, two = queue.Queue(2), queue.Queue(2)


def give():
    for i in range(1, items + 1):
        one.put(i)


def take():
    for i in range(1, items + 1):
        # Python itself makes a call again that ended in EINTR (PEP 475).
        with open("/proc/self/stat", "rb") as stat:
            assert stat.read()
        if i % 50 == 0:
            assert subprocess.run(["true"], check=False).returncode == 0
        two.put(one.get())


threads = [threading.Thread(target=work) for work in (give, take) * 3]
for thread in threads:
    thread.start()
total = sum(two.get() for _ in range(3 * items))
for thread in threads:
    thread.join()
print("sum", total)
print("open", len(os.listdir("/proc/self/fd")))
