"""Runs the training programs on several processes: whatever their number and whatever ends them, the result stays.

    test_mpi.py FOLDER MPIRUN PROGRAM    the folder with the programs; mpirun or another program that starts processes
                                         alike; mpi_program, made of apps/mpi_program.cpp
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

OWN_PROGRAM = sys.argv.pop(3)
MPIRUN = sys.argv.pop(2)
from program_test import PROGRAMS, ProgramTest, catches, write_stripes  # noqa: E402, for it takes the first argument

KILLS = int(os.environ.get("REEL_MPI_KILLS", "3"))


def is_alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class MpiTest(ProgramTest):
    """Of one program: its name and the flags of the run."""

    PROGRAM, RUN = "", []

    def setUp(self):
        super().setUp()
        # As root, more processes than cores; and mpirun's one second for the last checkpoint is little on a busy one.
        self.environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                             "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_odls_base_sigkill_timeout": "2"}

    def mpirun(self, processes, *arguments):
        """The command that runs the program so."""
        return [MPIRUN, "-n", str(processes), str(PROGRAMS / self.PROGRAM), *self.RUN, *arguments]

    def run_command(self, command):
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, cwd=self.folder,
                              env=self.environment, timeout=300)

    def result_of(self, processes, *arguments):
        result = self.run_command(self.mpirun(processes, *arguments))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-2:]

    def alone(self, *arguments):
        """Without MPI."""
        result = self.run_program(self.PROGRAM, *self.RUN, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-2:]

    def check_any_number_of_processes(self, counts):
        expected = self.alone("--shards", "8")
        for processes in counts:
            for threads in ("1", "2"):
                with self.subTest(processes=processes, threads=threads):
                    self.assertEqual(self.result_of(processes, "--threads", threads), expected)
        self.assertEqual(self.result_of(2, "--no-overlap"), expected)
        self.assertNotEqual(self.alone()[0], expected[0], "the number of shards is a number of the recipe")


class StoppedTest(MpiTest):
    """Whatever ends a run, it goes on to the same bits. One of the flags `LONG` takes seconds, for so many steps."""

    LONG, STEPS = [], 0

    def start(self, processes, *arguments):
        return subprocess.Popen(self.mpirun(processes, *arguments), cwd=self.folder, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def steps(self):
        return [int(path.name[5:13]) for path in (self.folder / "run").glob("step-*.safetensors")]

    def wait_for_step(self, program, step):
        """Until there is a checkpoint of that step or a later one."""
        deadline = time.monotonic() + 60
        while max(self.steps(), default=-1) < step:
            self.assertIsNone(program.poll(), "it has ended before it was stopped")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)

    def children(self, program, count):
        """The process numbers of those that mpirun has started, in order of their ranks."""
        found = {}
        deadline = time.monotonic() + 60
        while len(found) < count:
            self.assertLess(time.monotonic(), deadline)
            for path in pathlib.Path("/proc").glob("[0-9]*"):
                try:
                    parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    if parent != program.pid:
                        continue
                    variables = (path / "environ").read_bytes().split(b"\0")
                    rank = [v for v in variables if v.startswith(b"OMPI_COMM_WORLD_RANK=")]
                    found[int(rank[0].split(b"=")[1])] = int(path.name)
                except (OSError, IndexError):
                    continue
        return [found[rank] for rank in sorted(found)]

    def wait_for_end(self, program):
        """What it said; it was not done."""
        out, err = program.communicate(timeout=60)
        self.assertNotEqual(program.returncode, 0)
        self.assertLess(max(self.steps()), self.STEPS)
        return out, err

    def check_stops(self, counts):
        """Ctrl-C on mpirun, on three processes; then on another number."""
        self.RUN = self.LONG
        expected = self.alone("--shards", "8")
        for processes in counts:
            with self.subTest(processes=processes):
                program = self.start(3, "--checkpoint", "run")  # which has none before the epoch is over
                first = self.children(program, 3)[0]
                while not catches(first, signal.SIGTERM):
                    time.sleep(0.001)
                program.send_signal(signal.SIGINT)
                self.wait_for_end(program)  # mpirun may not pass on what is said then
                self.assertEqual(len(self.steps()), 1)
                self.assertEqual(self.result_of(processes, "--checkpoint", "run", "--resume"), expected)
                shutil.rmtree(self.folder / "run")

    def check_kills(self, kills):
        moments = random.Random(3)
        self.RUN = self.LONG
        expected = self.alone("--shards", "8")
        checkpoints = ["--checkpoint", "run", "--every", str(max(1, self.STEPS // 40)), "--keep", "2"]
        for kill in range(kills):
            processes = moments.randrange(2, 5)
            victim, step = moments.randrange(processes), moments.randrange(1, self.STEPS // 2)
            with self.subTest(kill=kill, processes=processes, victim=victim, step=step):
                program = self.start(processes, *checkpoints)
                children = self.children(program, processes)
                self.wait_for_step(program, step)
                time.sleep(moments.random() * 0.05)
                os.kill(children[victim], signal.SIGKILL)
                out, err = self.wait_for_end(program)
                self.assertIn("signal 9 (Killed)", err)
                deadline = time.monotonic() + 10
                while any(map(is_alive, children)):
                    self.assertLess(time.monotonic(), deadline, "none is left")
                    time.sleep(0.01)
                self.assertEqual(self.result_of(1 + kill % 4, *checkpoints, "--resume"), expected)
                shutil.rmtree(self.folder / "run")


class Mnist(StoppedTest):
    PROGRAM = "mnist"
    RUN = ["--generated", "1500", "--batch", "50", "--epochs", "2", "--clip", "1", "--ema", "0.9", "--accumulate", "2",
           "--dropout", "0.3"]
    LONG, STEPS = ["--generated", "30000", "--batch", "20", "--epochs", "1", *RUN[6:]], 750

    def test_any_number_of_processes_and_threads_gives_the_same_bits(self):
        self.check_any_number_of_processes([1, 2, 3, 4, 8])

    def test_stopped_on_three_it_goes_on_on_any_number(self):
        self.check_stops([2, 1, 4])

    def test_a_process_that_is_killed_ends_all_and_the_run_goes_on(self):
        self.check_kills(KILLS)

    def test_one_that_was_begun_without_mpi_goes_on_with_it(self):
        checkpoints = ["--checkpoint", "run", "--every", "2"]
        expected = self.alone("--shards", "8")
        self.assertEqual(self.alone("--shards", "8", *checkpoints), expected)
        for step in sorted(self.steps())[1:]:
            (self.folder / "run" / f"step-{step:08}.safetensors").unlink()
        self.assertEqual(self.result_of(2, *checkpoints, "--resume"), expected)

    def test_other_flags_of_one_are_told_at_the_start(self):
        program = str(PROGRAMS / self.PROGRAM)
        flags = (("--lr", "0.01", "not given"), ("--seed", "2", "1"), ("--model", '"mlp"', '"lenet"'))
        for flag, value, other in flags:
            with self.subTest(flag=flag):
                result = self.run_command([MPIRUN, "-n", "1", program, *self.RUN, ":",
                                           "-n", "1", program, *self.RUN, flag, value.strip('"')])
                self.assertNotEqual(result.returncode, 0)
                own = [line for line in result.stderr.splitlines() if line.startswith("mnist: ")]
                self.assertEqual(len(own), 1, result.stderr)
                self.assertRegex(own[0], "^mnist: process 0 on (.*): the processes are not alike: "
                                         rf"{flag} is {other} on process 0 on \1, {value} on process 1 on \1$")

    def test_another_program_on_one_is_told_at_the_start(self):
        other = self.folder / "mnist"
        shutil.copy(PROGRAMS / "mnist", other)
        with open(other, "ab") as file:
            file.write(b"\0")
        result = self.run_command([MPIRUN, "-n", "1", str(PROGRAMS / "mnist"), *self.RUN, ":",
                                   "-n", "1", str(other), *self.RUN])
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("the processes are not alike: the program is of checksum ", result.stderr)

    def test_data_that_one_lacks_are_told_by_its_host(self):
        program = str(PROGRAMS / self.PROGRAM)
        result = self.run_command([MPIRUN, "-n", "1", program, *self.RUN, ":", "-n", "1", program, *self.RUN, "--data",
                                   "nowhere", "--eval", "mnist"])
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(f"mnist: process 1 on {os.uname().nodename}: MNIST: ", result.stderr)

    def test_a_wrong_command_line_is_told_once(self):
        result = self.run_command(self.mpirun(3, "--foo"))
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count("--foo is not understood"), 1, result.stderr)

    def test_more_processes_than_shards_are_told(self):
        result = self.run_command(self.mpirun(3, "--shards", "2"))
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stderr.count("--shards 2: there are 3 processes"), 1, result.stderr)

    def test_the_first_alone_prints_and_writes(self):
        result = self.run_command(self.mpirun(3, "--save", "net.safetensors", "--metrics", "metrics.jsonl",
                                              "--report", "report.html"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("test accuracy"), 1)
        self.assertEqual(result.stdout.count("3 processes under mpirun, 8 shards of a batch"), 1)
        self.assertEqual(result.stdout.count("\x1b"), 0, "mpirun's output is no terminal")
        self.assertEqual(sorted(p.name for p in self.folder.iterdir() if p.suffix != ".html"),
                         ["metrics.jsonl", "net.safetensors"])
        lines = (self.folder / "metrics.jsonl").read_text().splitlines()
        self.assertEqual(len(lines), 3)
        evaluated = self.run_command([MPIRUN, "-n", "2", str(PROGRAMS / "mnist"), "--eval", "--load",
                                      "net.safetensors"])
        self.assertEqual(evaluated.stdout.splitlines()[-2:], result.stdout.splitlines()[-2:])


class Cifar10(StoppedTest):
    PROGRAM = "cifar10"
    RUN = ["--recipe", "fast", "--model", "resnet20", "--epochs", "1", "--batch", "40", "--mixup", "0.3", "--cutout",
           "6", "--ema", "0.9", "--accumulate", "2", "--data", "."]
    LONG, STEPS = ["10" if flag == "40" else flag for flag in RUN], 38

    def test_any_number_of_processes_and_threads_gives_the_same_bits(self):
        write_stripes(self.folder, 50)
        self.check_any_number_of_processes([1, 2, 3])

    def test_batch_norm_in_steps_of_two_batches_goes_on_from_where_it_was_stopped(self):
        write_stripes(self.folder, 150)
        self.check_stops([2])
        self.check_kills(KILLS)


class OwnProgram(MpiTest):
    """Of a user, who knows nothing of what the training programs do at their end."""

    def run_on_two(self, *arguments):
        return self.run_command([MPIRUN, "-n", "2", OWN_PROGRAM, *arguments])

    def test_it_trains_and_ends(self):
        result = self.run_on_two()
        self.assertEqual(result.returncode, 0, result.stderr)
        alone = self.run_command([OWN_PROGRAM])
        self.assertEqual(result.stdout, alone.stdout)
        self.assertEqual(result.stdout.count("epoch"), 2)

    def test_one_that_fails_ends_the_others(self):
        for failing in (["0"], ["1"], ["0", "early"], ["1", "early"]):
            with self.subTest(failing=failing):
                start = time.monotonic()
                result = self.run_on_two(*failing)
                self.assertLess(time.monotonic() - start, 10)
                self.assertNotEqual(result.returncode, 0)
                self.assertIn(f"process {failing[0]} on {os.uname().nodename}: this process has a fault", result.stderr)


if __name__ == "__main__":
    unittest.main()
