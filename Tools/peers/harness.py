"""The common part of the peers: options, and output in the format of `lemnos bench steps --json`."""
import argparse
import json
import os
import time


def options(name, modes):
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("workload")
    parser.add_argument("--batch-size", type=int)
    parser.add_argument("--mode", default=modes[0], help="some of these, joined by +: " + ", ".join(modes))
    parser.add_argument("--without-dropout", action="store_true")
    parser.add_argument("--losses", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--read-every", type=int, default=1)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    given = parser.parse_args()
    given.mode = set(given.mode.split("+"))
    if given.mode - set(modes):
        parser.error(f"there is no mode {', '.join(sorted(given.mode - set(modes)))}; there are {', '.join(modes)}")
    # Before any library that reads them is loaded.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(given.threads)
    return given


def peak_memory():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))


def measure(given, batch_size, version, step, batches, read=float, penalty=None):
    """Trains for the losses that are asked for, then for the time.

    `step(images, labels)` gives the loss as the library has it, and `read` waits for it and makes a number of it. `penalty()`
    is what that lacks of the loss; only where losses are shown is it added."""
    count = 0

    def advance(steps):
        nonlocal count
        for _ in range(steps):
            loss = step(*batches[count % len(batches)])
            count += 1
        return read(loss)

    for number in range(given.losses):
        missing = penalty() if penalty else 0.0
        loss = advance(1) + missing
        print(json.dumps({"batchSize": batch_size, "loss": loss, "step": number + 1}), flush=True)
    result = {"batchSize": batch_size, "version": version}
    if given.seconds > 0:
        advance(given.read_every)
        advance(given.read_every)
        samples, end = [], time.perf_counter() + given.seconds
        while len(samples) < 5 or time.perf_counter() < end:
            start = time.perf_counter()
            advance(given.read_every)
            samples.append((time.perf_counter() - start) / given.read_every * 1e3)
        samples.sort()
        result["time"] = {"milliseconds": samples[len(samples) // 2], "fastestMilliseconds": samples[0]}
    result["peakMemoryBytes"] = peak_memory()
    print(json.dumps(result), flush=True)
