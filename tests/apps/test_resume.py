"""Runs the training programs, stops them, and goes on: the result must be that of a run that never stopped."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time
import unittest

from program_test import PROGRAMS, ProgramTest

KILLS = 20


class Resume(ProgramTest):
    RUN = ["mnist", "--generated", "1500", "--batch", "50", "--epochs", "3", "--clip", "1", "--ema", "0.9",
           "--accumulate", "2"]
    CHECKPOINTS = ["--checkpoint", "run", "--every", "4", "--keep", "2"]

    def setUp(self):
        super().setUp()
        self.checkpoints = self.folder / "run"

    def result_of(self, *arguments, warns=False):
        result = self.run_program(*self.RUN, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        if not warns:
            self.assertEqual(result.stderr, "")
        return result.stdout.splitlines()[-2:]

    def start(self, *arguments):
        return subprocess.Popen([PROGRAMS / self.RUN[0], *self.RUN[1:], *arguments], cwd=self.folder,
                                env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def files(self):
        return sorted(path.name for path in self.checkpoints.glob("step-*.safetensors"))

    def wait_for_checkpoint(self, program):
        deadline = time.monotonic() + 60
        while not self.files() and program.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)

    def test_killed_at_random_moments_and_resumed_it_ends_with_the_same_bits(self):
        moments = random.Random(5)
        expected = self.result_of()
        for kill in range(KILLS):
            with self.subTest(kill=kill):
                program = self.start(*self.CHECKPOINTS, "--threads", str(1 + kill % 2))
                self.wait_for_checkpoint(program)
                time.sleep(moments.uniform(0, 0.4))
                program.kill()
                program.communicate()
                self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)
                shutil.rmtree(self.checkpoints)

    def test_ctrl_c_ends_with_a_checkpoint_of_that_step(self):
        expected = self.result_of()
        program = self.start(*self.CHECKPOINTS)
        self.wait_for_checkpoint(program)
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=60)
        self.assertEqual(program.returncode, 130)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)

    def test_it_keeps_the_last_few_and_the_best(self):
        self.result_of(*self.CHECKPOINTS)
        self.assertEqual(self.files(), ["step-00000044.safetensors", "step-00000045.safetensors"])
        self.assertTrue((self.checkpoints / "best.safetensors").exists())
        self.assertEqual(len(list(self.checkpoints.iterdir())), 3)

    def test_a_checkpoint_that_was_cut_is_named_and_the_one_before_it_used(self):
        expected = self.result_of(*self.CHECKPOINTS)
        older, newer = (self.checkpoints / name for name in self.files())
        whole = newer.read_bytes()
        for size in (0, 1, 8, 100, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                newer.write_bytes(whole[:size])
                result = self.run_program(*self.RUN, *self.CHECKPOINTS, "--resume")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(newer.name, result.stderr)
                self.assertIn(older.name + " is used", result.stderr)
                self.assertEqual(result.stdout.splitlines()[-2:], expected)
        older.write_bytes(b"")
        newer.write_bytes(b"")
        self.assert_fails(self.run_program(*self.RUN, *self.CHECKPOINTS, "--resume"), 1, older.name, newer.name)

    def test_a_finished_run_can_be_resumed_and_says_the_same(self):
        expected = self.result_of(*self.CHECKPOINTS)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)

    def test_metrics_of_a_resumed_run_have_each_epoch_once(self):
        self.result_of(*self.CHECKPOINTS, "--metrics", "run.jsonl")
        for name in self.files()[1:]:
            (self.checkpoints / name).unlink()
        self.result_of(*self.CHECKPOINTS, "--resume", "--metrics", "run.jsonl")
        rows = [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]
        self.assertEqual([row.get("epoch") for row in rows], [1, 2, 3, None])

    def test_checkpoints_of_another_run_are_not_written_over(self):
        self.result_of(*self.CHECKPOINTS)
        self.assert_fails(self.run_program(*self.RUN, *self.CHECKPOINTS), 1, "run", "--resume")
        self.assert_fails(self.run_program(*self.RUN, *self.CHECKPOINTS, "--resume", "--model", "mlp"), 1,
                          "conv1.weight", "fc1.weight")

    def test_flags_that_need_a_folder_say_so(self):
        self.assert_fails(self.run_program("mnist", "--every", "5"), 2, "--checkpoint DIR")
        self.assert_fails(self.run_program("mnist", "--resume"), 2, "--checkpoint DIR")

    def test_a_full_disk_costs_a_warning_and_no_checkpoint(self):
        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that writing fails as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, 1 << 14))

        expected = self.result_of(*self.CHECKPOINTS)
        older, newer = (self.checkpoints / name for name in self.files())
        newer.unlink()
        content = older.read_bytes()
        result = subprocess.run([PROGRAMS / "mnist", *self.RUN[1:], *self.CHECKPOINTS, "--resume"],
                                capture_output=True, text=True, cwd=self.folder, env=self.environment, timeout=120,
                                preexec_fn=small_files)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("warning: no checkpoint", result.stderr)
        self.assertIn("what was there before is unchanged", result.stderr)
        self.assertEqual(result.stdout.splitlines()[-2:], expected)
        self.assertEqual(self.files(), [older.name])
        self.assertEqual(older.read_bytes(), content)
        self.assertEqual(len(list(self.checkpoints.iterdir())), 2, "nothing half-written is left")

    def test_a_loss_that_is_no_number_any_more_names_the_op_and_the_last_checkpoint(self):
        run = ["mnist", "--generated", "640", "--optimizer", "sgd", "--checkpoint", "run", "--every", "1"]
        result = self.run_program(*run, "--lr", "1e20")
        self.assert_fails(result, 1, "no finite number", "(digit_models.h:", "--lr", "the last good checkpoint is")
        self.assertTrue(os.path.exists(self.folder / result.stderr.rstrip().rpartition(" ")[2]))


if __name__ == "__main__":
    unittest.main()
