"""Runs the programs as a user does. Argument: the folder with the built programs."""

import base64
import html.parser
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import time
import unittest

from program_test import PROGRAMS, ProgramTest, small_files, stripes, wait_until_caught, write_mnist, write_stripes

LAST_LINE = re.compile(r"test accuracy \d+\.\d\d% \(\d+/\d+\)")
BROWSER = shutil.which("chromium")
SMALL = ["--generated", "640", "--epochs", "1"]


class Usage(ProgramTest):
    def test_help_shows_an_example(self):
        for name in ("mnist", "cifar10", "corr2d", "bench"):
            result = self.run_program(name, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("Example: " + name, result.stdout)

    def test_wrong_usage_ends_with_status_2(self):
        self.assert_fails(self.run_program("mnist", "--epoch", "3"), 2, "--epoch")
        self.assert_fails(self.run_program("mnist", "--epochs"), 2, "--epochs")
        self.assert_fails(self.run_program("mnist", "--epochs", "-1"), 2, "--epochs", "-1")
        self.assert_fails(self.run_program("mnist", "--batch", "many"), 2, "--batch", "many")
        for wrong in ("-0.1", "0", "nan", "inf", "fast"):
            self.assert_fails(self.run_program("mnist", "--lr", wrong), 2, "--lr", wrong + " is not a positive number")
        for flag in ("--clip", "--ema", "--label-smoothing"):
            for wrong in ("nan", "inf", "1e999", "-1"):
                self.assert_fails(self.run_program("mnist", flag, wrong), 2, f"{flag}: {wrong} is not a")
        for wrong in ("-1", "99999999999999999999", "1.5"):
            self.assert_fails(self.run_program("mnist", "--seed", wrong), 2, "--seed", wrong)
        self.assert_fails(self.run_program("mnist", "--generated", "100000001"), 2, "--generated")
        self.assert_fails(self.run_program("mnist", "--eval", "cifar"), 2, "cifar", "mnist")
        self.assert_fails(self.run_program("mnist", "--model", "vgg"), 2, "--model", "vgg")
        self.assert_fails(self.run_program("mnist", "--threads", "0"), 2, "--threads")
        self.assert_fails(self.run_program("mnist", "--eval", "generated"), 2, "--load")
        self.assert_fails(self.run_program("corr2d", "--fast"), 2, "--fast")
        self.assert_fails(self.run_program("bench"), 2, "subcommand")
        self.assert_fails(self.run_program("bench", "models", "--only", "alexnet"), 2, "alexnet", "resnet20")
        self.assert_fails(self.run_program("bench", "kernels", "--only", "conv9d"), 2, "conv9d")

    def test_data_that_is_not_there_is_an_error(self):
        self.assert_fails(self.run_program("mnist", "--data", "nowhere"), 1, "nowhere", "download.cmake")
        (self.folder / "file").write_text("no folder")
        self.assert_fails(self.run_program("mnist", "--data", "file"), 1, "file is a file", "folder")
        self.environment["REEL_DATA"] = "nowhere"
        self.assert_fails(self.run_program("mnist"), 1, "nowhere")


    def test_an_empty_path_is_wrong_usage(self):
        paths = ("--data", "--load", "--save", "--onnx", "--metrics", "--report", "--checkpoint")
        for program, flags in (("mnist", paths), ("cifar10", paths)):
            for flag in flags:
                for words in ([flag, ""], [flag + "="]):
                    with self.subTest(program=program, words=words):
                        self.assert_fails(self.run_program(program, *words), 2, flag)
        self.environment["REEL_DATA"] = ""  # as if it were not set
        self.assert_fails(self.run_program("mnist", "--eval", "mnist", "--load", "none"), 1, "data/mnist")

    def test_two_outputs_of_one_name_and_outputs_that_are_inputs_are_wrong_usage(self):
        write_mnist(self.folder / "data" / "mnist", 20)
        (self.folder / "weights").write_bytes(b"weights")
        (self.folder / "link").symlink_to("weights")
        images = "data/mnist/train-images-idx3-ubyte"
        for flags in (["--save", "x", "--report", "./x"], ["--save", "x", "--metrics", "x"], ["--save", "x", "--onnx", "x"], ["--metrics", "x", "--report", "x"],
                      ["--load", "weights", "--metrics", "link"], ["--load", "link", "--save", "weights"],
                      ["--save", images], ["--metrics", images], ["--checkpoint", "x", "--metrics", "x"],
                      ["--checkpoint", ".", "--report", "best.safetensors"], ["--checkpoint", ".", "--metrics", ".lock"],
                      ["--checkpoint", ".", "--save", "step-00000005.safetensors"]):
            with self.subTest(flags=flags):
                before = self.content()
                self.assert_fails(self.run_program("mnist", "--data", "data", *flags), 2, flags[-2], flags[-1])
                self.assertEqual(self.content(), before)
        with open(self.folder / "log", "w") as log:
            for flag in ("--save", "--metrics", "--report"):
                result = subprocess.run([PROGRAMS / "mnist", "--data", "data", flag, "log"], cwd=self.folder, stdout=log,
                                        env=self.environment, stderr=subprocess.PIPE, text=True)
                self.assert_fails(result, 2, flag + " log is the file that standard output goes to")
        for path in ("log", "/dev/stderr"):
            with open(self.folder / "log", "w") as log:
                program = subprocess.run([PROGRAMS / "mnist", "--data", "data", "--metrics", path], cwd=self.folder, stderr=log,
                                         env=self.environment, stdout=subprocess.DEVNULL)
            self.assertEqual(program.returncode, 2)
            self.assertIn(f"--metrics {path} is the file that standard error goes to", (self.folder / "log").read_text())

    def test_control_characters_of_names_do_not_reach_the_terminal(self):
        name = "a\x1b[2Jb\nc"
        for status, flags in ((2, ["--epochs", name]), (2, [name]), (2, ["--save", name, "--report", name]),
                              (1, ["--eval", "--load", name]), (1, ["--save", name + "/x"]), (1, ["--checkpoint", "log/" + name])):
            with self.subTest(flags=flags):
                (self.folder / "log").write_text("no folder")
                self.assert_fails(self.run_program("mnist", "--generated", "64", *flags), status, r"a\x1b[2Jb\nc")
        flags = ["--generated", "64", "--epochs", "1", "--save", name, "--report", name + ".html", "--checkpoint", name + ".run"]
        for resume in ([], ["--resume"]):
            result = self.run_program("mnist", *flags, *resume)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertNotIn("\x1b[2J", result.stdout)
            for words in ("weights in {}", "report in {}.html", *(["resumed from {}.run/step-"] if resume else [])):
                self.assertIn(words.format(r"a\x1b[2Jb\nc"), result.stdout)

    def content(self):
        return {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


class StandardStreams(ProgramTest):
    def run_in_shell(self, name, *arguments, streams, **options):
        """With the streams as a shell sets them: "2>&-"."""
        return subprocess.run(["sh", "-c", f'exec "$0" "$@" {streams}', PROGRAMS / name, *arguments], cwd=self.folder,
                              env=self.environment, capture_output=True, text=True, timeout=120, **options)

    @unittest.skipUnless(os.path.exists("/dev/full"), "this system has no /dev/full")
    def test_a_full_disk_below_the_output_costs_the_status_and_not_the_result(self):
        for name, arguments in (("corr2d", []), ("mnist", [*SMALL, "--model", "mlp", "--save", "net.safetensors"]),
                                ("mnist", ["--help"])):
            with self.subTest(name=name):
                result = self.run_in_shell(name, *arguments, streams="> /dev/full")
                self.assert_fails(result, 1, f"{name}: standard output is not whole: No space left on device")
        self.assertTrue((self.folder / "net.safetensors").exists())
        result = self.run_in_shell("mnist", "--epochs", "x", streams="2> /dev/full")
        self.assertEqual(result.returncode, 2)

    def test_a_closed_stream_gives_its_number_to_no_file(self):
        for folder, streams in (("a", "2>&-"), ("b", ">&-"), ("c", "<&- >&- 2>&-")):
            with self.subTest(streams=streams):
                result = self.run_in_shell("mnist", *SMALL, "--metrics", "run.jsonl", "--checkpoint", folder, streams=streams,
                                           preexec_fn=small_files(1 << 15))  # for a warning
                self.assertEqual(result.returncode, 1, result.stderr)
                rows = [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]
                self.assertEqual([row["kind"] for row in rows], ["epoch", "end"])

    def test_a_network_that_was_trained_leaves_as_an_onnx_file(self):
        result = self.run_program("mnist", *SMALL, "--onnx", "net.onnx")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("network in net.onnx\n", result.stdout)
        self.assertIn(b"conv1.weight", (self.folder / "net.onnx").read_bytes())
        self.assert_fails(self.run_program("mnist", *SMALL, "--onnx", "none/net.onnx"), 1, "--onnx")

    def test_a_file_that_may_not_grow_is_an_error_and_no_signal(self):
        result = self.run_in_shell("mnist", *SMALL, "--save", "net.safetensors", streams="",
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 14, 1 << 14)))
        self.assert_fails(result, 1, "cannot write net.safetensors")


class Interrupt(ProgramTest):
    def start(self, *arguments, model="mlp", ignored=False):
        words = [PROGRAMS / "mnist", "--threads", "1", "--model", model, *arguments]
        if ignored:
            words = ["sh", "-c", 'trap "" INT; exec "$0" "$@"', *words]
        program = subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.stdout.close)
        return program

    def test_an_evaluation_ends_at_once(self):
        result = self.run_program("mnist", "--generated", "64", "--epochs", "1", "--model", "mlp", "--save", "mlp")
        self.assertEqual(result.returncode, 0, result.stderr)
        program = self.start("--load", "mlp", "--eval", "generated")
        wait_until_caught(program, signal.SIGINT)
        program.send_signal(signal.SIGINT)
        self.assertNotIn("test accuracy", program.communicate(timeout=60)[0])
        self.assertEqual(program.returncode, 130)

    def test_the_second_signal_ends_the_program_whichever_it_is(self):
        for first, second in ((signal.SIGINT, signal.SIGTERM), (signal.SIGTERM, signal.SIGINT)):
            program = self.start("--generated", "8192", "--epochs", "1", "--batch", "4096", model="cnn")
            wait_until_caught(program, first)
            program.send_signal(first)
            while program.poll() is None:  # one of the first kind is merged with one that is not delivered yet
                program.send_signal(second)
                time.sleep(0.01)
            self.assertIn(program.returncode, (-second, -first))

    def test_a_signal_that_the_caller_ignores_is_ignored(self):
        program = self.start("--generated", "64", "--epochs", "1", ignored=True)
        wait_until_caught(program, signal.SIGTERM)
        program.send_signal(signal.SIGINT)
        self.assertIn("test accuracy", program.communicate(timeout=60)[0])
        self.assertEqual(program.returncode, 0)


class MnistFiles(ProgramTest):
    def test_only_where_nothing_of_mnist_is_there_digits_take_its_place(self):
        small = ["--epochs", "1", "--model", "mlp"]
        folder = self.folder / "data" / "mnist"
        write_mnist(folder, 20)
        self.assertIn("/20)", self.run_program("mnist", *small).stdout)
        (folder / "t10k-labels-idx1-ubyte").rename(folder / "labels")
        self.assert_fails(self.run_program("mnist", *small), 1, "data/mnist has no t10k-labels-idx1-ubyte", "download.cmake")
        (folder / "t10k-labels-idx1-ubyte").symlink_to("nowhere")
        self.assert_fails(self.run_program("mnist", *small), 1, "t10k-labels-idx1-ubyte is a link that leads nowhere")
        shutil.rmtree(folder)
        result = self.run_program("mnist", *SMALL[:1], "64", *small)
        self.assertEqual(result.returncode, 0, result.stderr)


class Mnist(ProgramTest):
    def train(self, *arguments):
        result = self.run_program("mnist", *SMALL, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.rstrip("\n").split("\n")
        self.assertRegex(lines[-1], LAST_LINE)
        self.assertRegex(lines[-2], r"^weights [0-9a-f]{16}$")
        return result.stdout, lines

    def test_the_bits_do_not_depend_on_the_threads_but_on_the_seed(self):
        _, one = self.train("--threads", 1)
        _, two = self.train("--threads", 2)
        _, four = self.train("--threads", 4)
        self.assertEqual(one[-2:], two[-2:])
        self.assertEqual(one[-2:], four[-2:])
        _, other = self.train("--seed", 6)
        self.assertNotEqual(one[-2], other[-2])

    def test_saved_weights_give_the_same_accuracy_when_loaded(self):
        _, trained = self.train("--save", "net.safetensors")
        loaded = self.run_program("mnist", "--load", "net.safetensors", "--eval", "generated")
        self.assertEqual(loaded.stdout.rstrip("\n").split("\n")[-2:], trained[-2:])
        self.assertNotIn("epoch", loaded.stdout)

    def test_an_evaluation_writes_its_metrics(self):
        self.train("--save", "net.safetensors")
        (self.folder / "run.jsonl").write_text("of another run\n")
        self.run_program("mnist", "--load", "net.safetensors", "--eval", "--metrics", "run.jsonl")
        row, = [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]
        self.assertGreater(row["final_test_accuracy"], 0.2)

    def test_weights_of_another_network_are_refused_with_their_names(self):
        self.train("--save", "net.safetensors")
        self.assert_fails(self.run_program("mnist", "--model", "mlp", "--load", "net.safetensors", *SMALL), 1,
                          "conv1.weight", "fc1.weight")
        self.assert_fails(self.run_program("mnist", "--load", "none.safetensors", *SMALL), 1, "none.safetensors")

    def test_output_that_cannot_be_written_is_an_error(self):
        (self.folder / "file").write_text("old")
        (self.folder / "loop").symlink_to("loop")
        another = "; give another path"
        for path, why in {"no/such/file": "its folder does not exist; create it first", ".": "it is a folder, a file name is expected",
                          "file/below": "Not a directory" + another, "loop": "Too many levels of symbolic links" + another,
                          "x" * 256: "File name too long" + another}.items():
            for flag in ("--metrics", "--save", "--report"):
                result = self.run_program("mnist", *SMALL, flag, path)
                self.assert_fails(result, 1, f"mnist: {flag}: cannot write {path}: {why}\n")
                self.assertNotIn("epoch", result.stdout, flag + " is refused before the training, not after")
        for path, why in {"file": "Not a directory", "loop": "Too many levels of symbolic links", "x" * 256: "File name too long"}.items():
            self.assert_fails(self.run_program("mnist", *SMALL, "--checkpoint", path), 1,
                              f"mnist: --checkpoint: cannot make the folder {path}: {why}{another}")
        self.assertEqual((self.folder / "file").read_text(), "old")

    def test_files_that_fail_at_the_end_cost_an_error_and_not_the_result(self):
        for flag in ("--save", "--report"):
            result = self.run_program("mnist", *SMALL, flag, "file", preexec_fn=small_files(1 << 14))
            self.assert_fails(result, 1, f"mnist: {flag}: cannot write file: File too large; what was there")
            self.assertRegex(result.stdout.splitlines()[-1], LAST_LINE)
            self.assertFalse((self.folder / "file").exists())

    def test_an_error_leaves_the_metrics_of_the_run_before(self):
        (self.folder / "run.jsonl").write_text("{}\n")
        self.assert_fails(self.run_program("mnist", "--load", "none.safetensors", "--metrics", "run.jsonl"), 1, "none")
        self.assertEqual((self.folder / "run.jsonl").read_text(), "{}\n")

    @unittest.skipUnless(os.path.exists("/dev/full"), "this system has no /dev/full")
    def test_metrics_on_a_full_disk_cost_the_status_and_not_the_result(self):
        result = self.run_program("mnist", *SMALL, "--metrics", "/dev/full", "--save", "net.safetensors")
        why = "cannot write /dev/full: No space left on device"
        self.assertEqual((result.returncode, result.stderr.splitlines()),
                         (1, [f"warning: no more metrics: {why}; the run goes on without", f"mnist: --metrics: {why}"]))
        self.assertRegex(result.stdout.splitlines()[-1], LAST_LINE)
        self.assertTrue((self.folder / "net.safetensors").exists())

    def test_lines_fit_the_terminal(self):
        for columns in (24, 60, 80, 100):
            text = self.on_terminal("mnist", *SMALL, "--profile", columns=columns)
            moving = [part for part in re.sub(r"\x1b\[[0-9;]*[Km]", "", text).split("\r") if "\n" not in part]
            self.assertTrue(any("%" in part for part in moving), text)
            for part in moving:
                self.assertLess(len(part), columns)
            for line in re.sub(r"\x1b\[[0-9;]*[Km]", "", text).split("\n"):
                if columns == 80:  # and what is no picture has room there, too
                    self.assertLessEqual(len(line.split("\r")[-1]), columns)
                if "█" in line or "▄" in line or "read as" in line:
                    self.assertLessEqual(len(line), columns)

    def test_terminals_that_are_narrow_dumb_or_without_utf8(self):
        flags = ["--generated", "640", "--epochs", "1", "--model", "mlp"]
        for columns in (1, 4, 5, 12):
            text = self.on_terminal("mnist", *flags, columns=columns)
            for part in re.sub(r"\x1b\[[0-9;]*[Km]", "", text).split("\r"):
                self.assertTrue("\n" in part or len(part) < columns, part)
        self.environment["LC_ALL"] = "C"
        text = self.on_terminal("mnist", *flags)
        self.assertTrue(text.isascii(), text)
        self.assertIn("##", text)
        self.environment["TERM"] = "dumb"
        text = self.on_terminal("mnist", *flags)
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\r", text)

    def test_colour_only_where_no_color_allows_it(self):
        self.assertIn("\x1b[36m", self.on_terminal("mnist", *SMALL))
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\x1b[36m", self.on_terminal("mnist", *SMALL))

    def test_trains_on_what_is_asked_for_and_evaluates_on_the_other(self):
        text, _ = self.train("--eval", "generated")
        self.assertNotIn("No MNIST found", text)
        self.assert_fails(self.run_program("mnist", *SMALL, "--eval", "mnist"), 1, "download.cmake")

    def test_each_network_and_optimiser_trains(self):
        for model in ("cnn", "mlp"):
            self.train("--model", model)
        for optimizer in ("adamw", "sgd", "rmsprop"):
            self.train("--optimizer", optimizer)

    def test_a_reader_that_leaves_ends_the_program(self):
        program = subprocess.Popen([PROGRAMS / "mnist", "--generated", "640", "--epochs", "100000"], cwd=self.folder,
                                   env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        program.stdout.readline()
        program.stdout.close()
        with program.stderr:
            self.assertEqual(program.wait(timeout=120), -signal.SIGPIPE, program.stderr.read())

    def test_plain_lines_without_a_terminal(self):
        text, _ = self.train()
        self.assertNotIn("\x1b", text)
        self.assertNotIn("\r", text)

    def metrics(self):
        """The rows of a run of two epochs of ten steps."""
        result = self.run_program("mnist", "--generated", "640", "--epochs", "2", "--metrics", "run.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in (self.folder / "run.jsonl").read_text().splitlines()]

    def test_metrics_have_a_row_for_each_epoch_with_its_steps_and_ranges(self):
        first, second, end = self.metrics()
        self.assertEqual([row["kind"] for row in (first, second, end)], ["epoch", "epoch", "end"])
        for number, row in ((1, first), (2, second)):
            self.assertEqual((row["epoch"], row["step"]), (number, 10 * number))
            self.assertEqual(row["steps"]["first"], 10 * number - 9)
            self.assertEqual(len(row["steps"]["loss"]), 10)
            self.assertEqual(len(row["steps"]["lr"]), 10)
            self.assertEqual(row["steps"]["lr"][-1], float(f"{row['lr']:.6g}"))
            self.assertAlmostEqual(sum(row["steps"]["loss"]) / 10, row["loss"], places=4)
            samples = row["ranges"]["conv2"]["gradient"]
            self.assertEqual([sample[0] for sample in samples], list(range(10 * number - 9, 10 * number + 1)))
            for _, least, most, rms in samples:
                self.assertLess(least, rms)
                self.assertLess(rms, most)

    def test_losses_are_told_without_label_smoothing_too_as_the_test_images_are(self):
        first, _, _ = self.metrics()
        self.assertNotEqual(first["cross_entropy"], first["loss"])
        self.assertLess(abs(first["cross_entropy"] - first["loss"]), 0.2)
        result = self.run_program("mnist", *SMALL, "--label-smoothing", "0", "--metrics", "plain.jsonl")
        self.assertEqual(result.returncode, 0, result.stderr)
        row = json.loads((self.folder / "plain.jsonl").read_text().splitlines()[0])
        self.assertEqual(row["cross_entropy"], row["loss"])

    def test_the_report_says_what_its_losses_are_and_draws_no_curve_of_one_point(self):
        self.train("--report", "one.html")
        page = (self.folder / "one.html").read_text()
        self.assertIn("cross-entropy of a step with label smoothing 0.05", page)
        self.assertIn("<dt>label smoothing</dt><dd>0.05</dd>", page)
        self.assertRegex(page, r"<p>mean cross-entropy of an image, without label smoothing: [\d.]+ training, mean over "
                               r"the epoch; [\d.]+ test, after the epoch \(epoch 1\)</p>")
        result = self.run_program("mnist", "--generated", "64", "--epochs", "2", "--label-smoothing", "0", "--report", "two.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        page = (self.folder / "two.html").read_text()
        self.assertNotIn("smoothing", page)
        self.assertIn('aria-label="mean cross-entropy of an image (logarithmic axis)"', page)

    def test_metrics_end_with_what_the_report_shows(self):
        end = self.metrics()[-1]
        self.assertEqual(sum(map(sum, end["confusion"])), 10000)
        self.assertEqual(end["facts"]["network"], "lenet")
        self.assertEqual(len(end["worst_mistakes"]), 24)
        for mistake in end["worst_mistakes"]:
            probabilities = mistake["probabilities"]
            self.assertEqual(len(probabilities), len(end["classes"]))
            self.assertAlmostEqual(sum(probabilities), 1, places=2)
            self.assertEqual(max(probabilities), probabilities[mistake["predicted"]])
            self.assertNotEqual(mistake["label"], mistake["predicted"])
        filters = end["filters"]
        self.assertEqual((filters["name"], filters["shape"], len(filters["values"])), ("conv1.weight", [6, 1, 5, 5], 150))

    def test_metrics_count_the_calls_of_the_steps_alone(self):
        profile = {(e["layer"], e["op"]): e for e in self.metrics()[-1]["profile"]}
        for key in (("conv1", "conv2d"), ("fc1", "linear"), ("", "optimiser")):
            self.assertEqual(profile[key]["calls"], 20, "sampling the ranges is not a call")
        self.assertGreater(profile["conv1", "conv2d"]["forward_bytes"], 0)
        self.assertGreater(profile["conv1", "conv2d"]["backward_bytes"], 0)

    def test_the_report_is_one_well_formed_file(self):
        self.train("--report", "run.html")
        counts = check_page((self.folder / "run.html").read_text())
        self.assertGreaterEqual(counts["svg"], 5)
        self.assertEqual(counts["img"], 24)

    def test_the_worst_mistakes_have_pages_beside_the_report(self):
        (self.folder / "out").mkdir()
        self.train("--report", "out/a #1.html")
        page = (self.folder / "out" / "a #1.html").read_text()
        links = re.findall(r'href="a%20%231-mistake-(\d)\.html#why=logits\[0,\d\]">[^<]+</a> <small>(\d\.\d) MB<', page)
        self.assertEqual([number for number, _ in links], ["1", "2", "3"])
        for number, size in links:
            explained = self.folder / "out" / f"a #1-mistake-{number}.html"
            self.assertAlmostEqual(explained.stat().st_size / 1e6, float(size), delta=0.06)
            self.assertRegex(explained.read_text(), r"<title>Test image \d+: \d read as \d</title>")

    def test_what_a_page_of_a_mistake_would_be_written_over_is_refused(self):
        result = self.run_program("mnist", *SMALL, "--report", "run.html", "--save", "run-mistake-2.html")
        self.assert_fails(result, 2, "--save run-mistake-2.html and the page of --report run-mistake-2.html are one file")

    def test_a_page_of_a_mistake_that_cannot_be_written_is_told_in_the_report(self):
        (self.folder / "run-mistake-2.html").mkdir()
        text, _ = self.train("--report", "run.html")
        self.assertIn("report in run.html", text)
        page = (self.folder / "run.html").read_text()
        self.assertIn("It has no page: cannot write run-mistake-2.html: it is a folder", page)
        self.assertEqual(page.count("#why=logits"), 2)

    def test_the_report_has_the_filters_at_the_start_and_after_epochs(self):
        result = self.run_program("mnist", "--generated", "64", "--epochs", "5", "--report", "run.html")
        self.assertEqual(result.returncode, 0, result.stderr)
        page = (self.folder / "run.html").read_text()
        self.assertEqual(re.findall(r'<span>(at the start|epoch \d+)</span><div class="filters"', page),
                         ["at the start", "epoch 1", "epoch 2", "epoch 4", "epoch 5"])

    def test_the_report_has_a_picture_of_the_network_trained_or_not(self):
        self.train("--report", "trained.html", "--save", "net.safetensors")
        evaluated = self.run_program("mnist", "--load", "net.safetensors", "--eval", "generated", "--report", "evaluated.html")
        self.assertEqual(evaluated.returncode, 0, evaluated.stderr)
        pictures = []
        for name in ("trained.html", "evaluated.html"):
            page = (self.folder / name).read_text()
            self.assertIn("<h2>The network</h2>", page)
            pictures += re.findall(r'<figure class="graph.*?</figure>', page, re.S)
        self.assertEqual(pictures[0], pictures[1])
        self.assertEqual(re.findall('class="op">([A-Z][A-Za-z]+)', pictures[0]),
                         ["Conv", "Relu", "MaxPool"] * 2 + ["Reshape"] + ["Gemm", "Relu"] * 2 + ["Gemm"])

    def test_the_profile_is_a_table_of_layers_and_ops(self):
        text, _ = self.train("--profile")
        self.assertRegex(text, r"(?m)^layer +op +calls +forward +backward +share\n +ms +MB +ms +MB$")
        self.assertRegex(text, r"(?m)^conv1 +conv2d +10( +[\d.]+){4} +[\d.]+%$")

    def test_ctrl_c_finishes_the_step_and_saves(self):
        program = subprocess.Popen([PROGRAMS / "mnist", "--generated", "2000", "--epochs", "100000", "--save", "net.safetensors",
                                    "--metrics", "run.jsonl"],
                                   cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        log = self.folder / "run.jsonl"
        while time.monotonic() < deadline and not (log.exists() and log.read_text()):
            time.sleep(0.05)
        program.send_signal(signal.SIGINT)
        output, _ = program.communicate(timeout=60)
        self.assertEqual(program.returncode, 130)
        self.assertIn("interrupted", output)
        self.assertTrue((self.folder / "net.safetensors").exists())


class Cifar10(ProgramTest):
    def setUp(self):
        super().setUp()
        self.data = write_stripes(self.folder / "data", 64)

    def train(self, *arguments):
        result = self.run_program("cifar10", "--data", "data", "--epochs", "1", "--batch", "32", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.rstrip("\n").split("\n")
        self.assertRegex(lines[-1], LAST_LINE)
        self.assertRegex(lines[-2], r"^weights [0-9a-f]{16}$")
        return lines

    def test_the_bits_do_not_depend_on_the_threads(self):
        augmented = ["--crop", "3", "--padding", "reflect", "--cutout", "6", "--mixup", "0.3"]
        self.assertEqual(self.train("--threads", 1, *augmented)[-2:], self.train("--threads", 4, *augmented)[-2:])

    def test_each_recipe_and_network_trains(self):
        for recipe in ("fast", "sgd", "tutorial"):
            self.train("--recipe", recipe)
        for model in ("vgg_bn", "resnet20", "resnet32", "separable"):
            self.train("--model", model, "--lr", "0.05", "--bias-lr-factor", "1")
        for optimizer in ("adam", "adamw", "muon", "rmsprop"):
            self.train("--recipe", "tutorial", "--optimizer", optimizer, "--schedule", "cosine")

    def test_the_accurate_recipe_trains_its_wide_network(self):
        for number in range(1, 6):
            (self.data / f"data_batch_{number}.bin").write_bytes(stripes(number))
        (self.data / "test_batch.bin").write_bytes(stripes(7) + stripes(8))
        lines = self.train("--recipe", "accurate", "--threads", "1")
        self.assertRegex("\n".join(lines), r"block3\.conv2 .*\[1,512,3,3\]")
        self.assertTrue(lines[-1].endswith("/2)"))

    def test_the_defaults_in_the_help_are_the_recipes_and_a_flag_overrides_them(self):
        def of(*arguments):
            return self.run_program("cifar10", *arguments, "--help").stdout
        # CLI11 shows a default as =fast before 2.4, as [fast] from there on
        self.assertRegex(of("--recipe", "tutorial"), r"--model .*[=[]tutorial\b")
        self.assertRegex(of("--recipe=tutorial"), r"--batch .*[=[]4\b")
        self.assertRegex(of(), r"--model .*[=[]fast\b")
        text = "\n".join(self.train("--recipe", "tutorial", "--model", "separable"))
        self.assertIn("stem.conv", text)

    def test_a_batch_can_be_held_out(self):
        (self.data / "data_batch_3.bin").write_bytes(b"".join(stripes(i) for i in range(40)))
        self.assertTrue(self.train("--holdout", "3", "--recipe", "tutorial")[-1].endswith("/40)"))

    def test_weights_that_were_saved_are_evaluated_alike(self):
        trained = self.train("--save", "net.safetensors")
        loaded = self.run_program("cifar10", "--data", "data", "--load", "net.safetensors", "--eval")
        self.assertEqual(loaded.stdout.rstrip("\n").split("\n")[-2:], trained[-2:])
        self.assertNotIn("epoch", loaded.stdout)

    def test_the_report_shows_what_the_network_saw(self):
        self.train("--report", "run.html", "--show")
        page = (self.folder / "run.html").read_text()
        self.assertIn("Training images as the network got them", page)
        self.assertIn("as red, green and blue as its weights for these colours say", page)
        self.assertGreaterEqual(check_page(page)["img"], 32 + 24)

    @unittest.skipUnless(BROWSER, "chromium was not found")
    def test_the_report_fits_a_phone_and_a_window(self):
        self.train("--report", "run.html", "--recipe", "tutorial")
        page = html.escape((self.folder / "run.html").read_text())
        for width in (390, 800, 1200):  # a frame, for a window has a least width
            (self.folder / "frame.html").write_text(f"""<iframe width="{width}" srcdoc="{page}"></iframe><script>
                onload = () => {{
                  const elements = frames[0].document.querySelectorAll("html,figure,.scroll");
                  document.title = [...elements].filter(e => e.scrollWidth > e.clientWidth)
                      .map(e => e.outerHTML.slice(0, 60)).join(" ") || "fits";
                }};
                </script>""")
            self.assertIn("<title>fits</title>", self.browse("frame.html", "--dump-dom"), f"at {width} pixels")

    @unittest.skipUnless(BROWSER, "chromium was not found")
    def test_the_arrow_keys_show_the_values_of_a_chart(self):
        self.train("--report", "run.html", "--recipe", "tutorial")
        with (self.folder / "run.html").open("a") as page:
            page.write("""<script>
                const chart = document.querySelector(".chart > svg"), said = [];
                for (const key of ["", "ArrowRight", "ArrowLeft", "Home", "ArrowLeft", "End", "x"]) {
                  chart.dispatchEvent(key ? new KeyboardEvent("keydown", { key }) : new FocusEvent("focus"));
                  const shown = [...chart.querySelectorAll(".at")].filter((e) => getComputedStyle(e.querySelector("text"))
                      .visibility === "visible");
                  said.push(shown.length === 1 && shown[0].querySelector("title").textContent ===
                      chart.nextSibling.textContent && chart.nextSibling.textContent.split(":")[0]);
                }
                chart.dispatchEvent(new FocusEvent("blur"));
                document.title = [...said, chart.querySelectorAll(".on").length].join(", ");
                </script>""")
        self.assertIn("<title>step 10, step 10, step 9, step 1, step 1, step 10, step 10, 0</title>",
                      self.browse("run.html", "--dump-dom"))

    @unittest.skipUnless(BROWSER, "chromium was not found")
    def test_the_texts_of_the_network_lie_in_their_boxes(self):
        for model in ("resnet20", "fast"):
            self.train("--report", "run.html", "--model", model, "--lr", "0.05", "--bias-lr-factor", "1")
            with (self.folder / "run.html").open("a") as page:
                page.write("""<script>
                    const box = (e) => e.getBBox(), right = (b) => b.x + b.width, bottom = (b) => b.y + b.height;
                    const lies = (a, b) => a.x >= b.x && a.y >= b.y && right(a) <= right(b) && bottom(a) <= bottom(b);
                    const apart = (a, b) => right(a) <= b.x || right(b) <= a.x;
                    const fits = ([rect, ...texts]) => texts.every((t) => lies(box(t), box(rect))) && texts.every((t, i) =>
                        texts.every((u, k) => k <= i || bottom(box(t)) <= box(u).y + 4 || apart(box(t), box(u))));
                    const nodes = [...document.querySelectorAll(".node")].map((node) => [...node.children]);
                    document.title = nodes.length > 10 && nodes.find((node) => !fits(node))?.[1].outerHTML || `${nodes.length} fit`;
                    </script>""")
            self.assertRegex(self.browse("run.html", "--dump-dom"), r"<title>\d\d fit</title>")

    @unittest.skipUnless(BROWSER and shutil.which("pdftotext"), "chromium or pdftotext was not found")
    def test_no_heading_stands_alone_at_the_end_of_a_printed_page(self):
        self.train("--report", "run.html", "--recipe", "tutorial")
        self.browse("run.html", "--no-pdf-header-footer", f"--print-to-pdf={self.folder / 'run.pdf'}")
        text = subprocess.run(["pdftotext", "-layout", "run.pdf", "-"], cwd=self.folder, capture_output=True, text=True)
        pages = [page.split("\n") for page in text.stdout.split("\f") if page.strip()]
        headings = re.findall("<h2>(.*?)</h2>", (self.folder / "run.html").read_text())
        self.assertGreater(len(pages), 2)
        for page in pages:
            self.assertNotIn([line.strip() for line in page if line.strip()][-1], headings)

    def browse(self, page, *arguments):
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={self.folder / 'browser'}"]
        return subprocess.run([BROWSER, *flags, *arguments, f"file://{self.folder / page}"], capture_output=True, text=True, timeout=120,
                              check=True).stdout

    def test_wrong_data_is_refused_with_what_to_do(self):
        def fails(data, *words):
            self.assert_fails(self.run_program("cifar10", "--data", data), 1, *words)
        batch = self.data / "data_batch_2.bin"
        batch.write_bytes(batch.read_bytes()[:-5])
        fails("data", "data_batch_2.bin", "63 records", "3068 bytes more")
        (self.folder / "cifar-10-binary.tar.gz").write_bytes(b"packed")
        fails("cifar-10-binary.tar.gz", "tar -xzf")
        fails(".", "not unpacked", "tar -xzf")
        fails("nowhere", "DATASET=cifar10")

    def test_wrong_usage_ends_with_status_2(self):
        for arguments in (["--recipe", "slow"], ["--holdout", "6"], ["--eval"], ["--show"], ["--momentum", "1"],
                          ["--crop", "-1"], ["--warmup", "1"], ["--views", "many"], ["--mixup", "-1"],
                          ["--bias-lr-factor", "0"], ["--keep", "2"]):
            self.assert_fails(self.run_program("cifar10", "--data", "data", *arguments), 2, arguments[0])
        self.assert_fails(self.run_program("cifar10", "--data", "data", "--recipe", "sgd", "--momentum", "0"), 2,
                          "--no-nesterov")
        self.train("--recipe", "tutorial", "--momentum", "0")  # whose momentum is not Nesterov's

    def test_numbers_that_are_not_finite_are_wrong_usage(self):
        for flag in ("--lr", "--clip", "--ema", "--warmup", "--mixup", "--momentum", "--weight-decay", "--bias-lr-factor",
                     "--label-smoothing"):
            for wrong in ("nan", "inf", "1e999"):
                self.assert_fails(self.run_program("cifar10", flag, wrong), 2, f"{flag}: {wrong} is not a")

    def test_an_error_of_an_optimiser_has_a_place_in_the_program(self):
        result = self.run_program("cifar10", "--data", "data", "--recipe", "sgd", "--lr", "1e300", "--bias-lr-factor", "1e300")
        self.assert_fails(result, 1, "SGD (recipes.cpp:", "lr is inf")


class Corr2d(ProgramTest):
    def test_prints_the_textbooks_numbers(self):
        result = self.run_program("corr2d")
        self.assertEqual(result.returncode, 0, result.stderr)
        for numbers in ("[19., 25.],\n        [37., 43.]", "[ 56.,  72.],", "[104., 120.]", "[ 76., 100.],", "[192., 224.]"):
            self.assertIn(numbers, result.stdout)
        self.assertTrue(result.stdout.endswith("all examples agree\n"))


class Bench(ProgramTest):
    def lines(self, *arguments):
        result = self.run_program("bench", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.rstrip("\n").split("\n")

    def test_a_network_is_a_line_of_json(self):
        rows = [json.loads(line) for line in self.lines("models", "--only", "lenet", "--batch", 1, "--threads", 1, "--json")]
        self.assertEqual(len(rows), 1)
        self.assertEqual([rows[0][key] for key in ("peer", "model", "batch", "threads")], ["reel", "lenet", 1, 1])
        for key in ("train_ms", "train_img_s", "infer_img_s", "loss"):
            self.assertGreater(rows[0][key], 0, key)

    def test_a_convolution_has_three_passes_and_a_first_layer_two(self):
        _, _, header, first, second = self.lines("kernels", "--only", "conv2d lenet", "--threads", 1)
        self.assertRegex(header, r"^conv2d +forward ms .* input ms .* weight ms ")
        self.assertRegex(first, r"^lenet 5x5 1->6 28x28 b64( +[\d.]+%?){3}( +-){3}( +[\d.]+%?){3}$")
        self.assertRegex(second, r"^lenet 5x5 6->16 14x14 b64( +[\d.]+%?){9}$")

    def test_kernels_are_lines_of_json(self):
        peak, *rows = map(json.loads, self.lines("kernels", "--only", "linear lenet 84", "--threads", 1, "--json"))
        self.assertGreater(peak["gflop_s_per_thread"], 0)
        self.assertGreater(peak["copy_gb_s"], 0)
        self.assertEqual([row["pass"] for row in rows], ["forward", "input", "weight"])
        for row in rows:
            self.assertEqual((row["op"], row["shape"], row["threads"]), ("linear", "lenet 84->10 b64", 1))
            flop = 2 * 64 * 84 * 10
            self.assertAlmostEqual(row["gflop_s"] * row["ms"] * 1e6 / flop, 1, delta=0.05)
            self.assertAlmostEqual(row["of_peak"] * peak["gflop_s_per_thread"] / row["gflop_s"], 1, delta=0.05)

    def test_global_pooling_is_listed(self):
        _, _, header, *rows = self.lines("kernels", "--only", "global_avg_pool2d resnet20", "--threads", 1)
        self.assertRegex(header, r"^global_avg_pool2d +forward ms .* backward ms ")
        self.assertEqual(len(rows), 1)

    @unittest.skipUnless(hasattr(os, "sched_setaffinity"), "no way to leave a process one core")
    def test_the_threads_are_as_many_as_the_cores_that_it_may_use(self):
        self.environment.pop("OMP_NUM_THREADS", None)
        one = min(os.sched_getaffinity(0))
        result = subprocess.run([PROGRAMS / "bench", "kernels", "--json", "--only", "sgd"], capture_output=True,
                                text=True, env=self.environment, timeout=120,
                                preexec_fn=lambda: os.sched_setaffinity(0, {one}))
        self.assertEqual([json.loads(line)["threads"] for line in result.stdout.splitlines()], [1, 1], result.stderr)

    def test_ten_epochs_of_mnist_stand_beside_what_is_published(self):
        write_mnist(self.folder / "mnist", 60)
        head, _, titles, own, *others, _, last = self.lines("simplechains", "--data", self.folder, "--threads", 2)
        self.assertEqual(head, "LeNet-5 without padding, 44426 parameters; Adam 0.0003, batches of 192, 10 epochs of MNIST")
        self.assertEqual(titles.split(), ["program", "processor", "cores", "seconds"])
        self.assertRegex(own, r"^Reel .* 2 +\d+\.\d\d$")
        self.assertEqual([row.split()[0] for row in others], 3 * ["SimpleChains.jl"] + 2 * ["PyTorch"])
        self.assertRegex(last, r"^Reel reads the files in \d+\.\d\d s of that; test accuracy \d+\.\d\d% \(\d+/60\)$")
        self.assert_fails(self.run_program("bench", "simplechains", "--data", "nowhere"), 1, "nowhere")
        self.assert_fails(self.run_program("bench", "simplechains", "--batch", 0), 2, "--batch")

    def copy_bench(self):
        """A copy, unlike a symbolic link, looks for its peer beside itself: in the test's folder."""
        shutil.copy(PROGRAMS / "bench", self.folder / "bench")

    def run_copy(self, *arguments):
        return subprocess.run([self.folder / "bench", *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment, timeout=120)

    PARAMETERS = 320 + 18496 + 1179776 + 1290  # of mnist_cnn

    def write_peer(self, script, name="bench_libtorch"):
        """Puts a shell script in the place of libtorch's program, or of the Python that has PyTorch."""
        peer = self.folder / name
        peer.write_text("#!/bin/sh\n" + script)
        peer.chmod(0o755)

    def row(self, peer, train, infer, parameters=PARAMETERS):
        """A line of a script that prints what a peer does."""
        return (f'echo "{{\\"peer\\": \\"{peer}\\", \\"train_img_s\\": {train}, \\"infer_img_s\\": {infer}, '
                f'\\"parameters\\": {parameters}}}"\n')

    def compare(self, *arguments):
        return self.run_copy("peers", "--only", "mnist_cnn", "--pairs", 1, *arguments)

    def test_without_a_peer_it_says_how_to_build_one(self):
        self.copy_bench()
        self.assert_fails(self.run_copy("peers"), 1, "bench_libtorch", "libtorch-dev", "-DREEL_BENCH_PEERS=ON", "--torch")

    def test_a_peer_that_fails_is_an_error(self):
        self.copy_bench()
        self.write_peer("exit 3\n")
        self.assert_fails(self.compare("--threads", 1), 1, "bench_libtorch --json --only mnist_cnn", "failed")

    def test_a_peer_with_another_network_is_an_error(self):
        self.copy_bench()
        self.write_peer(self.row("libtorch 9", 1000, 10, self.PARAMETERS + 1))
        self.assert_fails(self.compare("--threads", 1), 1, "mnist_cnn has 1199882 parameters in Reel and 1199883 in",
                          "libtorch 9")

    def test_at_two_threads_the_peers_faster_run_counts(self):
        self.copy_bench()
        self.write_peer('''echo "$* $OPENBLAS_NUM_THREADS $MALLOC_TOP_PAD_" >> calls
            [ $OMP_NUM_THREADS = 1 ] && train=1000 infer=10 || train=500 infer=4000\n'''
                        + self.row("libtorch 9", "$train", "$infer"))
        result = self.compare("--threads", 2, "--markdown")
        self.assertEqual(result.returncode, 0, result.stderr)
        machine, _, titles, rule, row, _, mean, peers = result.stdout.rstrip("\n").split("\n")
        self.assertRegex(machine, r", \d{4}-\d\d-\d\d; images/s, medians \(pairs: 1\)$")
        cells = [cell.strip() for cell in row.strip("| ").split("|")]
        self.assertEqual(len(titles.split("|")), len(row.split("|")))
        self.assertEqual(len(rule.split("|")), len(row.split("|")))
        self.assertEqual(cells[:3] + cells[4:6] + cells[8:10],
                         ["mnist_cnn", "64", "2", "1000", "libtorch", "4000", "libtorch"])
        for own, peer, _, ratio in (cells[3:7], cells[7:11]):
            self.assertAlmostEqual(float(ratio), float(own) / float(peer), delta=0.01)
        self.assertIn(f"{cells[6]} at 2 threads", mean)
        self.assertIn("libtorch 9", peers)
        flags = "--json --only mnist_cnn --batch 64 --threads"
        self.assertEqual(sorted((self.folder / "calls").read_text().splitlines()),
                         [f"{flags} {n} {n} 500000000" for n in (1, 2)])

    def test_without_a_library_beside_it_kernels_says_how_to_build_one(self):
        self.copy_bench()
        self.assert_fails(self.run_copy("kernels", "--peers"), 1, "bench_onednn", "libdnnl-dev", "-DREEL_BENCH_PEERS=ON")

    def test_a_librarys_convolutions_stand_below_ours(self):
        self.copy_bench()
        self.write_peer("""echo "$1 $OMP_NUM_THREADS" >> calls
            echo '{"pass":"forward","ms":2}'; echo '{"pass":"weight","ms":4}'\n""", "bench_onednn")
        layer = "lenet 5x5 6->16 14x14 b64"
        gflop = 2e-9 * 64 * 16 * 10 * 10 * 6 * 5 * 5
        arguments = ("kernels", "--peers", "--threads", 1, "--only")
        table = self.run_copy(*arguments, layer).stdout.splitlines()
        self.assertRegex(table[-2], "^" + layer + r"( +[\d.]+%?){9}$")
        self.assertRegex(table[-1], rf"^  oneDNN +2.0000 +{gflop / 2e-3:.1f} +\d+%( +-){{3}} +4.0000 +{gflop / 4e-3:.1f} +\d+%$")
        rows = [json.loads(line) for line in self.run_copy(*arguments, layer, "--json").stdout.splitlines()[1:]]
        self.assertEqual([(row.get("peer"), row["pass"]) for row in rows],
                         [(None, "forward"), (None, "input"), (None, "weight"), ("oneDNN", "forward"), ("oneDNN", "weight")])
        self.assertEqual([row["ms"] for row in rows[3:]], [2, 4])
        self.assertNotIn("oneDNN", self.run_copy(*arguments, "linear lenet 84").stdout)
        self.assertEqual((self.folder / "calls").read_text(), 2 * f"{layer} 1\n")

    def write_python(self, script):
        """A Python whose PyTorch is `script`, which finds the dress in $4."""
        self.write_peer('[ "$3" = --dress ] || exit 0\n' + script, "python")

    def test_the_fastest_dress_counts_and_one_that_does_not_work_is_left_out(self):
        self.copy_bench()
        self.write_python("case $4 in\n"
                          "  compiled) echo '{\"failed\": \"InvalidCxxCompiler: none\"}' ;;\n"
                          "  compiled-cl) echo noise >&2; exit 1 ;;\n"
                          "  eager-cl)" + self.row("PyTorch 9", 2000, 20) + ";;\n"
                          "  onnxruntime) wc -c >> onnx; echo '{\"peer\": \"ONNX Runtime 8\", \"infer_img_s\": 5000}' ;;\n"
                          "  *)" + self.row("PyTorch 9", 1000, 4000) + ";;\nesac\n")
        result = self.compare("--threads", 1, "--markdown", "--torch", "sh ./python")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        _, _, titles, _, row, _, _, peers, *left_out = result.stdout.rstrip("\n").split("\n")
        cells = [cell.strip() for cell in row.strip("| ").split("|")]
        self.assertEqual(len(titles.split("|")), len(row.split("|")))
        self.assertEqual(cells[4:6] + cells[7:8] + cells[10:12] + cells[13:14],
                         ["2000", "eager-cl", "1000", "4000", "eager", "5000"])
        self.assertIn("ONNX Runtime 8, PyTorch 9", peers)
        self.assertEqual([line.split(":")[1] for line in left_out], [" compiled, mnist_cnn", " compiled-cl, mnist_cnn"])
        self.assertIn("InvalidCxxCompiler: none", left_out[0])
        self.assertGreater(int((self.folder / "onnx").read_text()), 4 * self.PARAMETERS)

    def test_a_python_without_pytorch_is_an_error(self):
        self.copy_bench()
        self.write_peer("exit 1\n", "python")
        self.assert_fails(self.compare("--torch", "./python"), 1, "--torch", "./python", "PyTorch")


def check_page(page):
    """Fails unless the page is well-formed and needs nothing else; returns how often each element is in it."""
    check = WellFormed()
    check.feed(page)
    assert check.open == [], check.open
    assert not re.search(r"href=\"(?![\w-]+-mistake-\d\.html#why=)|url\(|@import|src=\"(?!data:image/png;base64,)", page)
    for address in re.findall(r"data:image/png;base64,([^\"]*)", page):
        picture = base64.b64decode(address, validate=True)
        assert picture.startswith(b"\x89PNG\r\n\x1a\n") and picture.endswith(b"IEND\xaeB`\x82")
    return check.counts


class WellFormed(html.parser.HTMLParser):
    """Every opened element is closed, in order."""

    EMPTY = {"meta", "br", "wbr", "img"}

    def __init__(self):
        super().__init__()
        self.open, self.counts = [], {}

    def handle_starttag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.counts[tag] = self.counts.get(tag, 0) + 1

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            raise AssertionError(f"</{tag}> closes nothing")


if __name__ == "__main__":
    unittest.main()
