"""Runs the training programs, stops them, goes on: the result must be that of a run that never stopped."""

import fcntl
import itertools
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import time
import unittest

from program_test import PROGRAMS, ProgramTest, small_files, write_mnist, write_stripes

KILLS = 8  # each costs every check a second


class ResumeTest(ProgramTest):
    """Of one program: its name and the flags of the run, and those of its checkpoints."""

    PROGRAM, RUN, CHECKPOINTS = "", {}, ["--checkpoint", "run", "--every", "4", "--keep", "2"]

    def setUp(self):
        super().setUp()
        self.checkpoints = self.folder / "run"

    def command(self, *arguments, **changed):
        """The flags of the run, some of them with another value: label_smoothing="0.1" for --label-smoothing."""
        flags = self.RUN | {"--" + name.replace("_", "-"): value for name, value in changed.items()}
        return [word for flag, value in flags.items() for word in ([flag] if value is None else [flag, value])] + [*arguments]

    def try_run(self, *arguments, preexec_fn=None, **changed):
        return self.run_program(self.PROGRAM, *self.command(*arguments, **changed), preexec_fn=preexec_fn)

    def result_of(self, *arguments, **changed):
        result = self.try_run(*arguments, **changed)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, "")
        return result.stdout.splitlines()[-2:]

    def files(self):
        return sorted(path.name for path in self.checkpoints.glob("step-*.safetensors"))

    def start_until(self, step, *arguments):
        """A run that lives and has written the checkpoint of that step or a later one."""
        program = subprocess.Popen([PROGRAMS / self.PROGRAM, *self.command(*self.CHECKPOINTS, *arguments)],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while not (self.files() and self.files()[-1] >= f"step-{step:08}.safetensors"):
            self.assertIsNone(program.poll(), "it has ended before it was stopped")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.001)
        return program

    def kill_and_resume(self, expected, step, *arguments):
        program = self.start_until(step, *arguments)
        program.kill()
        self.assertEqual(program.wait(), -signal.SIGKILL, "it was alive")
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)
        shutil.rmtree(self.checkpoints)

    def assert_settings_are_kept(self, changes):
        """Each of the flags is refused by name where it is not as it was."""
        self.result_of(*self.CHECKPOINTS)
        for name, value in changes.items():
            flag, was = "--" + name.replace("_", "-"), self.RUN.get("--" + name.replace("_", "-"))
            with self.subTest(flag=flag):
                result = self.try_run(*self.CHECKPOINTS, "--resume", **{name: value})
                self.assert_fails(result, 1, self.files()[-1], flag + " is ", "the run had " + (was or ""),
                                  "another --checkpoint folder")
                self.assertEqual(result.stderr.count(flag), 1, "said once")


class Mnist(ResumeTest):
    PROGRAM = "mnist"
    RUN = {"--generated": "1500", "--batch": "50", "--epochs": "3", "--clip": "1", "--ema": "0.9", "--accumulate": "2"}

    def test_killed_at_random_moments_and_resumed_it_ends_with_the_same_bits(self):
        moments = random.Random(5)
        expected = self.result_of()
        for kill in range(KILLS):
            with self.subTest(kill=kill):  # in the first two of three epochs, so that it has long to live
                self.kill_and_resume(expected, moments.randrange(1, 29), "--threads", str(1 + kill % 2))

    def test_ctrl_c_ends_with_a_checkpoint_of_that_step(self):
        expected = self.result_of()
        program = self.start_until(8)
        program.send_signal(signal.SIGINT)
        self.assertEqual(program.wait(timeout=60), 130)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)

    def test_ctrl_c_whose_checkpoint_fails_does_not_end_as_if_it_had_one(self):
        program = subprocess.Popen([PROGRAMS / "mnist", *self.command("--checkpoint", "run", "--every", "1", epochs="50")],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, preexec_fn=small_files(1 << 14))
        self.assertIn("warning: no checkpoint: ", program.stderr.readline())
        program.send_signal(signal.SIGINT)
        _, errors = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 1)
        self.assertNotIn("goes on", errors)

    def test_it_keeps_the_last_few_and_the_best(self):
        self.result_of(*self.CHECKPOINTS)
        self.assertEqual(self.files(), ["step-00000044.safetensors", "step-00000045.safetensors"])
        self.assertEqual(len(list(self.checkpoints.iterdir())), 3)

    def test_the_best_is_written_before_the_checkpoint_that_remembers_it(self):
        self.result_of("--checkpoint", "run", epochs="1", model="cnn")
        best, step = (self.checkpoints / name for name in ("best.safetensors", self.files()[0]))
        self.assertLessEqual(best.stat().st_mtime_ns, step.stat().st_mtime_ns)

    def test_the_best_can_be_evaluated(self):
        expected = self.result_of("--save", "net.safetensors", *self.CHECKPOINTS)
        for file in ("run/best.safetensors", "run/" + self.files()[-1], "net.safetensors"):
            result = self.run_program("mnist", "--eval", "--load", file)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout.splitlines()[-2:], expected, "the averaged weights of " + file)
        self.assert_fails(self.run_program("mnist", "--eval", "--load", file, "--model", "mlp"), 1, file, "conv1.weight")

    def test_a_run_that_began_with_weights_is_resumed_with_the_same_command(self):
        self.result_of("--save", "net.safetensors")
        begun = {"load": "net.safetensors", "epochs": "1"}
        expected = self.result_of(**begun)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume", **begun), expected)  # killed before the first
        for name in self.files()[1:]:
            (self.checkpoints / name).unlink()
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume", **begun), expected)

    def test_a_checkpoint_that_was_cut_is_named_and_the_one_before_it_used(self):
        expected = self.result_of(*self.CHECKPOINTS)
        older, newer = (self.checkpoints / name for name in self.files())
        whole = newer.read_bytes()
        for size in (0, 100, len(whole) - 1):
            with self.subTest(size=size):
                newer.write_bytes(whole[:size])
                result = self.try_run(*self.CHECKPOINTS, "--resume")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(newer.name, result.stderr)
                self.assertIn(older.name + " is used", result.stderr)
                self.assertEqual(result.stdout.splitlines()[-2:], expected)

    def test_a_checkpoint_with_one_wrong_bit_is_named_and_the_one_before_it_used(self):
        expected = self.result_of(*self.CHECKPOINTS)
        older, newer = (self.checkpoints / name for name in self.files())
        content = bytearray(newer.read_bytes())
        content[-5] ^= 1  # of a weight
        newer.write_bytes(content)
        result = self.try_run(*self.CHECKPOINTS, "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("is not what was written", result.stderr)
        self.assertIn(older.name + " is used", result.stderr)
        self.assertEqual(result.stdout.splitlines()[-2:], expected)

    def test_damaged_checkpoints_that_are_newer_cost_none_of_the_good_ones(self):
        expected = self.result_of("--checkpoint", "run", "--every", "4", "--keep", "20")
        good, *damaged = self.files()[-4:]
        for name in damaged:
            (self.checkpoints / name).write_bytes(b"damaged")
        result = self.try_run("--checkpoint", "run", "--every", "1", "--keep", "1", "--resume")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(good + " is used", result.stderr)
        self.assertEqual(result.stdout.splitlines()[-2:], expected)
        self.assertEqual(self.files(), [good, "step-00000045.safetensors"])

    def test_a_second_run_in_the_folder_is_refused_and_the_first_goes_on(self):
        expected = self.result_of()
        program = self.start_until(1)
        for arguments in ([], ["--resume"]):
            result = self.try_run(*self.CHECKPOINTS, *arguments, seed="2")
            self.assert_fails(result, 1, f"run is in use by process {program.pid} on ", "another folder")
        self.assertEqual(program.wait(timeout=120), 0)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume"), expected)

    def test_the_best_is_never_replaced_by_a_worse_one(self):
        self.result_of(*self.CHECKPOINTS)
        best = self.checkpoints / "best.safetensors"
        content = best.read_bytes()
        for name in self.files():
            (self.checkpoints / name).unlink()
        self.assert_fails(self.try_run(*self.CHECKPOINTS, lr="1e-6"), 1, "--resume")
        self.assert_fails(self.try_run(*self.CHECKPOINTS, "--resume", lr="1e-6"), 1, "best.safetensors", "--lr is ")
        self.assertEqual(best.read_bytes(), content)
        result = self.try_run(*self.CHECKPOINTS, "--resume")
        self.assertIn("resumed from run/best.safetensors, after step ", result.stdout)

    def test_a_run_that_goes_back_behind_its_best_keeps_it(self):
        self.result_of("--checkpoint", "run", "--keep", "3")
        first, best = (self.checkpoints / name for name in (self.files()[0], "best.safetensors"))
        content = best.read_bytes()
        for name in self.files()[1:]:
            (self.checkpoints / name).unlink()
        program = self.start_until(31, "--resume")  # the second epoch is better than the first and worse than the third
        program.kill()
        program.wait()
        self.assertTrue(first.exists(), "it was resumed from")
        self.assertEqual(best.read_bytes(), content)

    def test_ctrl_c_while_the_test_images_are_read_is_made_good_when_resumed(self):
        expected = self.result_of()
        program = subprocess.Popen([PROGRAMS / "mnist", *self.command("--checkpoint", "run", "--every", "1"), "--threads", "1"],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True)
        while not (self.checkpoints / "step-00000014.safetensors").exists():  # the last but one of the epoch
            time.sleep(0.001)
        program.send_signal(signal.SIGINT)
        output, _ = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 130)
        self.assertRegex(output, r"epoch 1/3  interrupted after step 15 ")
        log = ["--metrics", "run.jsonl"]
        self.assertEqual(self.result_of("--checkpoint", "run", "--resume", *log), expected)
        rows = [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]
        self.assertEqual([row.get("epoch") for row in rows], [1, 2, 3, None])

    def test_other_data_of_the_same_size_is_another_run(self):
        run = ["--epochs", "2", "--model", "mlp", "--checkpoint", "run"]
        for name, offset in (("t10k-labels-idx1-ubyte", 27), ("train-labels-idx1-ubyte", 27), ("train-images-idx3-ubyte", 9999)):
            with self.subTest(name=name):
                write_mnist(self.folder / "data", 20)
                result = self.run_program("mnist", "--data", "data", *run)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.run_program("mnist", "--data", "data", *run, "--resume").returncode, 0)
                changed = bytearray((self.folder / "data" / name).read_bytes())
                changed[offset] ^= 1
                (self.folder / "data" / name).write_bytes(changed)
                which = "the training set" if "train" in name else "the test set"
                self.assert_fails(self.run_program("mnist", "--data", "data", *run, "--resume"), 1,
                                  which + " is 20 MNIST, checksum ", "the run had 20 MNIST, checksum ")
                shutil.rmtree(self.checkpoints)

    def test_weights_that_were_loaded_are_not_needed_to_resume(self):
        self.result_of("--save", "net.safetensors", epochs="1")
        begun = {"load": "net.safetensors", "epochs": "1"}
        expected = self.result_of(*self.CHECKPOINTS, **begun)
        (self.folder / "net.safetensors").unlink()
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume", **begun), expected)
        self.assert_fails(self.try_run("--checkpoint", "new", "--resume", **begun), 1, "net.safetensors")

    def test_what_is_wrong_with_several_checkpoints_is_said_once(self):
        self.result_of(*self.CHECKPOINTS)
        (self.checkpoints / "best.safetensors").unlink()
        older, newer = (self.checkpoints / name for name in self.files())
        for file in (older, newer):  # of the same size: the header stays as long
            old = file.read_bytes().replace(b'"reel.checkpoint":"3"', b'"reel.checkpoint":"1"')
            file.write_bytes(old.replace(b'"reel.checksum"', b'"none.checksum"'))
        result = self.try_run(*self.CHECKPOINTS, "--resume")
        self.assert_fails(result, 1, f"run/{newer.name}, run/{older.name}: ", "format version 1, this library reads 3")
        self.assertEqual(result.stderr.count("version"), 1)

    def test_what_killed_processes_left_half_written_is_removed(self):
        self.checkpoints.mkdir()
        for name in ("best.safetensors", "step-00000004.safetensors"):
            (self.checkpoints / f"{name}.tmp-{os.getpid()}-3").write_bytes(b"half")
        theirs = self.checkpoints / "best.safetensors.tmp-1-0"
        with theirs.open("wb") as writer:
            fcntl.flock(writer, fcntl.LOCK_EX)  # of a process that lives, whatever number it has elsewhere
            self.result_of(*self.CHECKPOINTS, epochs="1")
        self.assertEqual([path for path in self.checkpoints.iterdir() if ".tmp-" in path.name], [theirs])

    def test_a_folder_that_takes_no_file_is_refused_before_the_training(self):
        result = self.try_run("--checkpoint", "/proc/self/task")
        self.assert_fails(result, 1, "cannot write /proc/self/task/")
        self.assertNotIn("epoch", result.stdout)

    def test_a_finished_run_can_be_resumed_and_says_the_same(self):
        log = self.folder / "run.jsonl"
        metrics = ["--metrics", "run.jsonl"]
        expected = self.result_of(*self.CHECKPOINTS, *metrics)
        lines = log.read_text().splitlines()
        self.assertEqual(self.result_of(*self.CHECKPOINTS, *metrics, "--resume"), expected)
        self.assertEqual(len(log.read_text().splitlines()), len(lines))
        self.assertEqual(log.read_text().splitlines()[:-1], lines[:-1])

    def test_metrics_of_a_resumed_run_have_each_epoch_once(self):
        self.result_of(*self.CHECKPOINTS, "--metrics", "run.jsonl")
        for name in self.files()[1:]:
            (self.checkpoints / name).unlink()
        log = self.folder / "run.jsonl"
        log.write_text('{"step":"x"}\n[]\n' + log.read_text() + '{"step": 4')  # others', and one that was cut
        self.result_of(*self.CHECKPOINTS, "--resume", "--metrics", "run.jsonl")
        rows = [json.loads(line) for line in log.read_text().splitlines()]
        self.assertEqual(rows[0], {"step": "x"})
        self.assertEqual([row.get("epoch") for row in rows[1:]], [1, 2, 3, None])

    def test_metrics_of_a_resumed_run_can_go_to_a_pipe(self):
        self.result_of(*self.CHECKPOINTS)
        result = self.try_run(*self.CHECKPOINTS, "--resume", "--metrics", "/dev/stdout")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sum("final_test_accuracy" in line for line in result.stdout.splitlines()), 1)

    def test_checkpoints_of_another_run_are_not_written_over(self):
        self.result_of(*self.CHECKPOINTS)
        self.assert_fails(self.try_run(*self.CHECKPOINTS), 1, "run", "--resume")

    def test_flags_that_decide_the_bits_must_be_as_they_were(self):
        self.assert_settings_are_kept({
            "lr": "0.5", "seed": "7", "clip": "0.5", "ema": "0", "label_smoothing": "0.2", "accumulate": "3", "batch": "25",
            "epochs": "4", "optimizer": "sgd", "model": "mlp", "generated": "1400"})
        result = self.try_run(*self.CHECKPOINTS, "--resume", seed="7", ema="0.5", accumulate="02", clip="1e0")
        self.assert_fails(result, 1, "--ema is 0.5, the run had 0.9; --seed is 7, the run had 1; give them as they were")

    def test_flags_that_do_not_may_change(self):
        expected = self.result_of(*self.CHECKPOINTS)
        others = ["--every", "3", "--keep", "5", "--threads", "2", "--profile", "--save", "net.safetensors", "--report",
                  "run.html", "--metrics", "run.jsonl"]
        for name in self.files()[1:]:
            (self.checkpoints / name).unlink()
        self.assertEqual(self.result_of("--checkpoint", "run", "--resume", *others), expected)

    def test_flags_that_need_a_folder_say_so(self):
        for flags in (["--every", "5"], ["--resume"], ["--keep", "2"]):
            self.assert_fails(self.run_program("mnist", *flags), 2, flags[0], "--checkpoint")

    def test_a_full_disk_costs_the_checkpoints_and_the_status_but_not_the_result(self):
        expected = self.result_of(*self.CHECKPOINTS)
        older, newer = (self.checkpoints / name for name in self.files())
        newer.unlink()
        content = older.read_bytes()
        result = self.try_run(*self.CHECKPOINTS, "--resume", preexec_fn=small_files(1 << 14))
        self.assertEqual(result.returncode, 1, "the last of them is not there")
        *warnings, error = result.stderr.splitlines()
        why = "cannot write run/{}: File too large; what was there before is unchanged"
        self.assertEqual({warning.split("/")[0] for warning in warnings}, {"warning: no checkpoint: cannot write run"})
        self.assertEqual(error, "mnist: --checkpoint: " + why.format(newer.name + ".new"))
        self.assertEqual(result.stdout.splitlines()[-2:], expected)
        self.assertEqual(self.files(), [older.name])
        self.assertEqual(older.read_bytes(), content)
        self.assertEqual(len(list(self.checkpoints.iterdir())), 2, "nothing half-written is left")


class NotFinite(ProgramTest):
    RUN = ["--generated", "640", "--epochs", "1", "--optimizer", "sgd"]

    def test_the_loss_and_the_op_and_the_last_checkpoint_are_named(self):
        result = self.run_program("mnist", *self.RUN, "--lr", "1e20", "--checkpoint", "run", "--every", "1")
        self.assert_fails(result, 1, "step 2: the loss is not finite: ", 'linear "fc1" (digit_models.h:', "smaller --lr",
                          "or --clip 1", "the last good checkpoint is run/step-00000001.safetensors")
        self.assertTrue((self.folder / "run/step-00000001.safetensors").exists())

    def test_the_weight_and_the_step_that_made_it_so(self):
        result = self.run_program("mnist", *self.RUN, "--lr", "1e300", "--checkpoint", "run", "--every", "1")
        self.assert_fails(result, 1, "step 1: the weight ", "is not finite; try")
        self.assertEqual(list((self.folder / "run").iterdir()), [])
        result = self.run_program("mnist", *self.RUN, "--lr", "1e300")
        self.assert_fails(result, 1, "step 2: the loss is not finite: the parameter ", "is not finite before the step")

    def test_a_gradient_and_the_op_that_made_it(self):
        self.run_program("mnist", *self.RUN, "--save", "net.safetensors")
        # Activations of 1e5, small ones, then logits up to 84: the loss is finite, the gradient of fc2 beyond all floats.
        self.set_weights("net.safetensors", {"fc1.weight": [0], "fc1.bias": [1e5], "fc2.weight": [0], "fc2.bias": [1e-37],
                                             "fc3.weight": [1e37] * 84 + [-1e37] * 84, "fc3.bias": [0]})
        result = self.run_program("mnist", *self.RUN, "--load", "net.safetensors", "--checkpoint", "run")
        self.assert_fails(result, 1, 'step 1: the gradient of "fc2.weight" is not finite: the backward of linear "fc2" '
                                     '(digit_models.h:', "made the first such one; try")

    def set_weights(self, name, values):
        """Repeats the values over each of these tensors of a safetensors file."""
        content = bytearray((self.folder / name).read_bytes())
        length, = struct.unpack_from("<Q", content)
        header = json.loads(content[8:8 + length])
        for tensor, numbers in values.items():
            begin, end = (8 + length + offset for offset in header[tensor]["data_offsets"])
            count = (end - begin) // 4
            struct.pack_into(f"<{count}f", content, begin, *itertools.islice(itertools.cycle(numbers), count))
        (self.folder / name).write_bytes(content)

    def test_after_the_last_step_nothing_is_saved(self):
        for lr in ("1e30", "1e300"):
            result = self.run_program("mnist", "--generated", "64", *self.RUN[2:], "--lr", lr, "--save", "net.safetensors",
                                      "--metrics", "run.jsonl")
            self.assert_fails(result, 1, "step 1: ", "is not finite")
            self.assertFalse((self.folder / "net.safetensors").exists())
            self.assertEqual((self.folder / "run.jsonl").read_text(), "")

    def test_clipping_is_not_advised_where_it_is_done(self):
        result = self.run_program("mnist", *self.RUN, "--lr", "1e30", "--clip", "2")
        self.assert_fails(result, 1, "try a smaller --lr")
        self.assertNotIn("--clip", result.stderr)


class Cifar10(ResumeTest):
    """With all that has a state of its own: augmentation, mixed images, averages, accumulation, whitening."""

    PROGRAM = "cifar10"
    RUN = {"--data": "data", "--recipe": "fast", "--epochs": "3", "--batch": "8", "--accumulate": "2", "--mixup": "0.4",
           "--cutout": "8", "--ema": "0.8", "--lr": "0.02", "--views": "one"}
    CHECKPOINTS = ["--checkpoint", "run", "--every", "2", "--keep", "3"]

    def setUp(self):
        super().setUp()
        write_stripes(self.folder / "data", 8)  # five steps an epoch

    def test_killed_and_resumed_it_ends_with_the_same_bits(self):
        expected = self.result_of()
        for kill, step in enumerate((2, 5, 8)):
            with self.subTest(step=step):
                self.kill_and_resume(expected, step, "--threads", str(1 + kill % 2))

    def test_flags_that_decide_the_bits_must_be_as_they_were(self):
        self.assert_settings_are_kept({
            "lr": "0.5", "seed": "7", "momentum": "0.8", "warmup": "0.1", "clip": "2", "label_smoothing": "0.1", "mixup": "0.3",
            "cutout": "4", "accumulate": "3", "batch": "4", "weight_decay": "0.1", "schedule": "cosine", "crop": "3",
            "padding": "zeros", "bias_lr_factor": "2", "optimizer": "adam", "model": "tutorial", "holdout": "4", "ema": "0",
            "epochs": "4"})
        for flag in ("flip", "nesterov"):
            result = self.try_run(*self.CHECKPOINTS, "--resume", f"--no-{flag}")
            self.assert_fails(result, 1, f"--{flag} is false, the run had true; give it as it was")
        write_stripes(self.folder / "less", 7)
        self.assert_fails(self.try_run(*self.CHECKPOINTS, "--resume", data="less"), 1,
                          "the test set is 7 images, checksum ", "the run had 8 images, checksum ",
                          "the training set is 35 images, ")

    def test_epochs_may_be_added_where_the_schedule_does_not_know_them(self):
        constant = {"recipe": "tutorial"}
        expected = self.result_of(epochs="3", **constant)
        self.result_of(*self.CHECKPOINTS, epochs="2", **constant)
        self.assertEqual(self.result_of(*self.CHECKPOINTS, "--resume", epochs="3", **constant), expected)
        self.assert_fails(self.try_run(*self.CHECKPOINTS, "--resume", epochs="2", **constant), 1,
                          "--epochs is 2, the run had 3")
        self.assert_fails(self.try_run(*self.CHECKPOINTS, "--resume", epochs="4", warmup="0.5", **constant), 1, "--warmup is 0.5")

    def test_a_held_out_batch_stays_held_out(self):
        self.result_of(*self.CHECKPOINTS, holdout="5", model="tutorial", views="flip")
        self.assert_fails(self.try_run(*self.CHECKPOINTS, "--resume", holdout="4", model="tutorial"), 1,
                          "--holdout is 4, the run had 5; the test set is ")


if __name__ == "__main__":
    unittest.main()
