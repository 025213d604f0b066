"""Runs the training programs on several processes: whatever their number and whatever ends them, the result stays.

    test_mpi.py FOLDER MPIRUN PROGRAM    the folder with the programs; mpirun or another program that starts processes
                                         alike; mpi_program, made of apps/mpi_program.cpp
"""

import contextlib
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

OWN_PROGRAM = os.path.abspath(sys.argv.pop(3))
MPIRUN = sys.argv.pop(2)
from program_test import PROGRAMS, ProgramTest, write_mnist, write_stripes  # noqa: E402, it takes the first argument

KILLS = int(os.environ.get("REEL_MPI_KILLS", "2"))


def wait_until(holds, what, seconds=60):
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.001)


def is_alive(process):
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def has_pending(process, number):
    """Whether a signal waits for a process, which is stopped, to go on."""
    status = pathlib.Path(f"/proc/{process}/status").read_text()
    return int(status.split("ShdPnd:")[1].split()[0], 16) >> (number - 1) & 1


def children_of(program):
    """The process numbers of those that mpirun has started, in order of their ranks."""
    found = {}
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) != program.pid:
                continue
            variables = (path / "environ").read_bytes().split(b"\0")
            rank = [v for v in variables if v.startswith(b"OMPI_COMM_WORLD_RANK=")]
            found[int(rank[0].split(b"=")[1])] = int(path.name)
        except (OSError, IndexError):
            continue
    return [found[rank] for rank in sorted(found)]


def steps_in(folder):
    """Of which there are checkpoints."""
    return [int(path.name[5:13]) for path in folder.glob("step-*.safetensors")]


class Run:
    """A training that mpirun has started, with a folder of its own for its checkpoints."""

    def __init__(self, program, folder):
        self.program, self.folder, self.children = program, folder, []

    def wait_for_children(self, count):
        wait_until(lambda: len(children_of(self.program)) == count, f"{count} processes")
        self.children = children_of(self.program)

    def wait_for_step(self, step):
        """Until there is a checkpoint of that step or a later one."""
        def is_there():
            assert self.program.poll() is None, f"it has ended: {self.program.communicate()}"
            return max(steps_in(self.folder), default=-1) >= step
        wait_until(is_there, f"step {step}")

    def press_ctrl_c(self):
        """On mpirun, which lets all go on, and some seconds later sends SIGTERM. Until then the first process, without
        which nobody makes a step, is stopped, for in these seconds the training might come to its end."""
        first = self.children[0]

        def is_told():
            os.kill(first, signal.SIGSTOP)
            return has_pending(first, signal.SIGTERM)
        self.program.send_signal(signal.SIGINT)
        wait_until(is_told, "SIGTERM")
        os.kill(first, signal.SIGCONT)

    def wait_for_end(self):
        """What it said to stderr."""
        err = self.program.communicate(timeout=60)[1]
        wait_until(lambda: not any(map(is_alive, self.children)), "all have left", 10)
        return err

    def kill(self):
        if self.program.poll() is not None:
            return
        for process in [*self.children, self.program.pid]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.program.communicate()


class MpiTest(ProgramTest):
    """Of one program: its name and the flags of the run."""

    PROGRAM, RUN = "", []

    def setUp(self):
        super().setUp()
        # As root, and more processes than cores.
        self.environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                             "OMPI_MCA_rmaps_base_oversubscribe": "1"}

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
    """Whatever ends a run, it goes on to the same bits. One of the flags `LONG` makes so many steps."""

    LONG, STEPS = [], 0

    def setUp(self):
        super().setUp()
        # mpirun's one second for the last checkpoint is little on a busy machine.
        self.long_environment = self.environment | {"OMPI_MCA_odls_base_sigkill_timeout": "2"}

    @contextlib.contextmanager
    def started(self, processes, *arguments):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        command = self.mpirun(processes, *arguments, "--checkpoint", str(folder))
        run = Run(subprocess.Popen(command, cwd=self.folder, env=self.long_environment, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True), folder)
        try:
            run.wait_for_children(processes)
            yield run
        finally:
            run.kill()

    @contextlib.contextmanager
    def stopped_under_way(self, processes):
        """One whose first process is stopped some steps later than its only checkpoint, which is gone: what is there
        when the run has ended was written at its end."""
        every = self.STEPS // 4
        with self.started(processes, "--every", str(every), "--keep", "1") as run:
            run.wait_for_step(every)
            os.kill(run.children[0], signal.SIGSTOP)
            for checkpoint in run.folder.glob("*.safetensors"):
                checkpoint.unlink()
            yield run

    def check_goes_on(self, run, processes, expected):
        """It was not done, and is resumed on so many processes."""
        self.assertNotEqual(run.program.returncode, 0)
        self.assertLess(max(steps_in(run.folder), default=0), self.STEPS)
        self.assertEqual(self.result_of(processes, "--checkpoint", str(run.folder), "--resume"), expected)

    def check_stops(self, counts):
        """Ctrl-C on mpirun, on three processes; then on another number."""
        self.RUN = self.LONG
        expected = self.alone("--shards", "8")
        for processes in counts:
            with self.subTest(processes=processes), self.stopped_under_way(3) as run:
                run.press_ctrl_c()
                err = run.wait_for_end()  # mpirun may not pass on what is said then
                self.assertEqual(len(steps_in(run.folder)), 1, err)
                self.check_goes_on(run, processes, expected)

    def check_kills(self, kills):
        """Of a random process, which loses the steps since the last checkpoint."""
        moments = random.Random(3)
        self.RUN = self.LONG
        expected = self.alone("--shards", "8")
        every = max(1, self.STEPS // 40)
        for kill in range(kills):
            processes = moments.randrange(2, 5)
            victim, step = moments.randrange(processes), moments.randrange(1, self.STEPS // 2)
            with self.subTest(kill=kill, processes=processes, victim=victim, step=step), \
                    self.started(processes, "--every", str(every), "--keep", "2") as run:
                run.wait_for_step(step)
                time.sleep(moments.random() * 0.05)
                os.kill(run.children[victim], signal.SIGKILL)
                self.assertIn("signal 9 (Killed)", run.wait_for_end())
                self.check_goes_on(run, 1 + kill % 4, expected)

    def check_kills_of_others(self, kills):
        """The first, which is left, saves what it has, also where they talk by TCP, as between two hosts."""
        self.long_environment["OMPI_MCA_btl"] = "tcp,self"
        moments = random.Random(4)
        self.RUN = self.LONG
        expected = self.alone("--shards", "8")
        for kill in range(kills):
            processes = moments.randrange(2, 5)
            victim = moments.randrange(1, processes)
            with self.subTest(kill=kill, processes=processes, victim=victim), self.stopped_under_way(processes) as run:
                os.kill(run.children[0], signal.SIGCONT)
                time.sleep(moments.random() * 0.02)
                os.kill(run.children[victim], signal.SIGKILL)
                err = run.wait_for_end()
                self.assertEqual(len(steps_in(run.folder)), 1, err)
                self.check_goes_on(run, 1 + kill % 4, expected)


class Mnist(StoppedTest):
    PROGRAM = "mnist"
    RUN = ["--generated", "1500", "--batch", "50", "--epochs", "1", "--clip", "1", "--ema", "0.9", "--accumulate", "2",
           "--dropout", "0.3"]
    LONG, STEPS = ["--generated", "20000", "--batch", "20", "--epochs", "1", *RUN[6:]], 500

    def test_any_number_of_processes_and_threads_gives_the_same_bits(self):
        self.check_any_number_of_processes([1, 2, 3, 4, 8])

    def test_stopped_on_three_it_goes_on_on_any_number(self):
        self.check_stops([2, 1, 4])

    def test_a_process_that_is_killed_ends_all_and_the_run_goes_on(self):
        self.check_kills(KILLS)

    def test_a_process_that_is_killed_over_a_network_costs_no_step(self):
        self.check_kills_of_others(KILLS)

    def test_one_that_was_begun_without_mpi_goes_on_with_it(self):
        run = self.folder / "run"
        checkpoints = ["--checkpoint", str(run), "--every", "2"]
        expected = self.alone("--shards", "8")
        self.assertEqual(self.alone("--shards", "8", *checkpoints), expected)
        for step in sorted(steps_in(run))[1:]:
            (run / f"step-{step:08}.safetensors").unlink()
        self.assertEqual(self.result_of(2, *checkpoints, "--resume"), expected)

    def test_other_flags_of_one_are_told_at_the_start(self):
        program = str(PROGRAMS / self.PROGRAM)
        result = self.run_command([MPIRUN, "-n", "1", program, *self.RUN, ":", "-n", "1", program, *self.RUN,
                                   "--lr", "0.01", "--model", "mlp", "--seed", "2"])
        self.assertNotEqual(result.returncode, 0)
        own = [line for line in result.stderr.splitlines() if line.startswith("mnist: ")]
        self.assertEqual(len(own), 1, result.stderr)
        first, second = (f"process {process} on {os.uname().nodename}" for process in range(2))
        self.assertEqual(own[0], f"mnist: {first}: the processes are not alike: "
                         f"--lr is not given on {first}, 0.01 on {second}; "
                         f'--model is "lenet" on {first}, "mlp" on {second}; '
                         f"--seed is 1 on {first}, 2 on {second}")

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

    def test_where_one_takes_other_data_it_is_told_by_its_host(self):
        write_mnist(self.folder / "data", 20)
        (self.folder / "bare").mkdir()
        program = str(PROGRAMS / self.PROGRAM)
        result = self.run_command([MPIRUN, "-n", "1", program, ":",
                                   "-n", "1", "-wdir", str(self.folder / "bare"), program])
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, "mnist: process 0 on (.*): the processes are not alike: .*the training set is "
                         r"20 MNIST, checksum ........ on process 0 on \1, 60000 generated digits on process 1 on \1")

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
        self.assertEqual(len(lines), 2)
        evaluated = self.run_command([MPIRUN, "-n", "2", str(PROGRAMS / "mnist"), "--eval", "--load",
                                      "net.safetensors"])
        self.assertEqual(evaluated.stdout.splitlines()[-2:], result.stdout.splitlines()[-2:])


class Cifar10(StoppedTest):
    PROGRAM = "cifar10"
    RUN = ["--recipe", "fast", "--model", "resnet20", "--epochs", "1", "--batch", "40", "--mixup", "0.3", "--cutout",
           "6", "--ema", "0.9", "--accumulate", "2", "--data", "."]
    LONG, STEPS = ["10" if flag == "40" else flag for flag in RUN], 25

    def test_any_number_of_processes_and_threads_gives_the_same_bits(self):
        write_stripes(self.folder, 26)
        self.check_any_number_of_processes([1, 2, 3, 4, 8])

    def test_batch_norm_in_steps_of_two_batches_goes_on_from_where_it_was_stopped(self):
        write_stripes(self.folder, 100)
        self.check_stops([2])
        self.check_kills(KILLS // 2)


class OwnProgram(MpiTest):
    """Of a user, who knows nothing of what the training programs do at their end."""

    STEPS = 14

    def run_on_two(self, *arguments):
        return self.run_command([MPIRUN, "-n", "2", OWN_PROGRAM, *arguments])

    def alone(self):
        """The loss of each step, a line each."""
        result = self.run_command([OWN_PROGRAM])
        self.assertEqual(len(result.stdout.splitlines()), self.STEPS)
        return result.stdout.splitlines()

    def test_it_trains_and_ends(self):
        result = self.run_on_two()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines(), self.alone())

    def test_one_that_fails_ends_the_others(self):
        words = {"fail": "{}: this process has a fault", "early": "{}: this process has a fault",
                 "leave": "{} has ended, and ", "flood": "{} has ended, and "}
        for kind, said in words.items():
            for process in range(2):
                with self.subTest(kind=kind, process=process):
                    shutil.rmtree(self.folder / "run", ignore_errors=True)
                    start = time.monotonic()
                    result = self.run_on_two(kind, str(process))
                    self.assertLess(time.monotonic() - start, 10)
                    self.assertNotEqual(result.returncode, 0)
                    self.assertIn(said.format(f"process {process} on {os.uname().nodename}"), result.stderr)

    def test_one_that_is_asked_to_end_in_the_midst_of_a_step_goes_on_from_before_it(self):
        expected = self.alone()
        stopped = self.run_on_two("ask", "0")
        self.assertNotEqual(stopped.returncode, 0)
        self.assertEqual(steps_in(self.folder / "run"), [9], stopped.stderr)
        self.assertEqual(self.run_on_two().stdout.splitlines(), expected[9:])


if __name__ == "__main__":
    unittest.main()
