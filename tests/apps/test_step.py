"""Runs the lessons of `step` as a user does. Argument: the folder with the built programs.

step/LESSON.txt holds all that a lesson prints for the commands in it. What a change makes of it, to be read before it
is kept:  sed -n 's/^(step) //p' LESSON.txt | step LESSON
"""

import contextlib
import json
import os
import pathlib
import pty
import subprocess
import unittest

from program_test import PROGRAMS, ProgramTest

TRANSCRIPTS = pathlib.Path(__file__).resolve().parent / "step"
PROMPT = "(step) "
README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def commands_of(transcript):
    return [line[len(PROMPT):] for line in transcript.splitlines() if line.startswith(PROMPT)]


def suggestions(story):
    """The lines below "Try", each a command alone or with a remark, pasted as they are."""
    return story.split("\nTry\n")[1].split("\n\n")[0].splitlines()


class StepTest(ProgramTest):
    def step(self, *arguments, commands=""):
        return subprocess.run([PROGRAMS / "step", *map(str, arguments)], input=commands, capture_output=True, text=True,
                              cwd=self.folder, env=self.environment, timeout=60)

    def output(self, *arguments, commands=()):
        result = self.step(*arguments, commands="".join(command + "\n" for command in commands))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def lessons(self):
        return [line.split()[0] for line in self.output("--list").splitlines()]


class Lessons(StepTest):
    def test_each_says_what_it_said(self):
        self.maxDiff = None
        self.assertEqual(sorted(self.lessons()), sorted(path.stem for path in TRANSCRIPTS.glob("*.txt")))
        for lesson in self.lessons():
            with self.subTest(lesson):
                transcript = (TRANSCRIPTS / f"{lesson}.txt").read_text()
                self.assertEqual(self.output(lesson, commands=commands_of(transcript)), transcript)
                self.assertNotIn("\nerror: ", transcript)

    def test_what_a_story_suggests_can_be_done(self):
        for lesson in self.lessons():
            with self.subTest(lesson):
                commands = suggestions(self.output(lesson))
                self.assertGreaterEqual(len(commands), 2)
                self.assertNotIn("\nerror: ", self.output(lesson, commands=commands))

    def test_a_story_fits_the_terminal(self):
        for lesson in self.lessons():
            for line in self.output(lesson).splitlines()[:-1]:  # the last is the stepper's
                self.assertLess(len(line), 80, lesson)

    def test_the_golden_table_from_a_pipe(self):
        shown = README.read_text().split("```text\n")[1].split("```")[0]
        self.assertIn("\n" + shown, self.output("conv", commands=commands_of(shown)))

    def test_lenet_reads_the_digit_of_the_seed(self):
        def opening(*arguments):
            return self.output("lenet", *arguments)
        self.assertEqual(opening(), opening("--seed", 1, "--threads", 2))
        self.assertNotEqual(opening(), opening("--seed", 2))
        self.assertRegex(opening(), r"\nthe digit \d\n")

    def test_a_list_in_the_textbooks_order(self):
        listed = self.output("--list").splitlines()
        self.assertEqual(listed[0], "one-channel      One channel and its window")
        self.assertEqual([line.split()[0] for line in listed][-1], "lenet")
        self.assertEqual(len(listed), 17)
        self.assertEqual(self.output(), self.output("--list"))

    def test_a_lesson_on_a_terminal_ends_with_the_next(self):
        self.assertTrue(self.on_terminal("step", "bias", typed="quit\n").endswith("next: step cost    What a convolution costs\n"))
        self.assertNotIn("next: ", self.on_terminal("step", "lenet", typed="quit\n"))
        self.assertIn("\nerror: there is no lesson after this one\n", self.output("lenet", commands=["next", "quit"]))
        self.assertNotIn("next: ", self.output("bias"))


class Pages(StepTest):
    def data_of(self, name):
        page = (self.folder / "pages" / f"{name}.html").read_text()
        return json.loads(page.split('id="reel-data">')[1].split("</script>")[0])

    def test_all_lessons_are_written_with_links_to_their_neighbours(self):
        self.assertEqual(self.output("--pages", "pages"), "")
        lessons = self.lessons()
        self.assertEqual(sorted(path.stem for path in (self.folder / "pages").iterdir()), sorted([*lessons, "index"]))
        data = [self.data_of(lesson) for lesson in lessons]
        self.assertIsNone(data[0]["previous"])
        self.assertIsNone(data[-1]["next"])
        for before, after, name in zip(data, data[1:], lessons[1:]):
            self.assertEqual(before["next"], {"address": f"{name}.html", "title": after["title"]})
        for page in data:
            with self.subTest(page["title"]):
                self.assertGreater(len(page["questions"]), 0)
                self.assertGreater(len(page["tries"]), 1)
                self.assertNotEqual(page["start"], "")

    def test_a_folder_that_cannot_be_made(self):
        (self.folder / "pages").write_text("a file")
        self.assert_fails(self.step("--pages", "pages"), 1, "pages")


class Usage(StepTest):
    def test_help_shows_an_example(self):
        self.assertIn("Example: step ", self.output("--help"))

    def test_commands_of_a_file(self):
        (self.folder / "questions.txt").write_text("why dw[0,1,0,1]\nprint dz\n")
        self.assertEqual(self.output("conv", "-x", "questions.txt"),
                         self.output("conv", commands=["why dw[0,1,0,1]", "print dz"]))

    def test_a_file_of_commands_ends_with_status_1_where_one_failed(self):
        (self.folder / "questions.txt").write_text("# dz?\nprint dz\nprint dq\nprint dc\n")
        result = self.step("conv", "-x", "questions.txt")
        self.assertEqual((result.returncode, result.stderr), (1, ""))
        self.assertIn("\n(step) # dz?\n(step) print dz\n", result.stdout)
        self.assertIn("\nerror: nothing is called \"dq\"", result.stdout)
        self.assertTrue(result.stdout.endswith("dc = -1\n"))
        self.assertEqual(self.step("conv", commands="print dq\n").returncode, 0)

    def test_json_is_an_object_a_line(self):
        for lesson in ("conv", "lenet"):
            text = self.output(lesson, "--json", commands=["where", "b", "why dw[0,1,0,1]", "no such command"])
            objects = [json.loads(line) for line in text.splitlines()]
            self.assertEqual(objects[0]["lesson"], lesson)
            self.assertIn("Try", objects[0]["story"])
            self.assertIn("error", objects[-1])

    def test_colour_only_where_no_color_allows_it(self):
        self.assertIn("\x1b[", self.on_terminal("step", "conv", typed="print dz\n"))
        self.environment["NO_COLOR"] = "1"
        self.assertNotIn("\x1b[", self.on_terminal("step", "conv", typed="print dz\n"))
        self.assertNotIn("\x1b[", self.output("conv", commands=["print dz"]))

    def test_a_narrow_terminal_is_heeded(self):
        for columns in (80, 40):
            self.environment["COLUMNS"] = str(columns)
            self.environment["NO_COLOR"] = "1"
            (self.folder / "questions.txt").write_text("list\nbreak-it flip\n")
            for text in (self.on_terminal("step", "lenet", typed="list\npath conv1.weight[0,0,2,2]\nbreak-it flip\n"),
                         self.on_terminal("step", "lenet", "-x", "questions.txt")):
                self.assertLessEqual(max(map(len, text.replace("\r", "").splitlines())), columns)

    def test_a_bad_command_is_an_error_line_and_the_session_goes_on(self):
        text = self.output("conv", commands=["windwo z[0,0,0,0]", "why dw[9,0,0,0]", "print dq", "print loss"])
        errors = [line for line in text.splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 3)
        self.assertIn('"window"', errors[0])
        self.assertIn("[2,2,2,2]", errors[1])
        self.assertIn("dq", errors[2])
        self.assertIn("15", text[text.rindex(PROMPT + "print loss"):])

    def test_wrong_usage_ends_with_status_2(self):
        self.assert_fails(self.step("cnov"), 2, '"cnov"', 'did you mean "conv"?', "step --list")
        self.assert_fails(self.step("xyzzy"), 2, 'no lesson "xyzzy" (step --list names them; a file\'s name ends in .lesson)')
        self.assert_fails(self.step("conv", "--jsn"), 2, "--jsn")
        self.assert_fails(self.step("conv", "-x"), 2, "--commands")
        self.assert_fails(self.step("conv", "--seed", "-1"), 2, "--seed")

    def test_what_cannot_be_read_is_an_error(self):
        self.assert_fails(self.step("conv", "-x", "nowhere.txt"), 1, "nowhere.txt")
        self.assert_fails(self.step("lenet", "--data", "nowhere"), 1, "nowhere", "download.cmake")


@unittest.skipUnless(os.environ.get("REEL_EDITS_LINES"), "built without libedit")
class Editing(StepTest):
    def typed(self, lesson, *lines):
        """What a terminal shows on which these keys are hit, a line after each prompt."""
        self.environment["NO_COLOR"] = "1"
        own, its = pty.openpty()
        program = subprocess.Popen([PROGRAMS / "step", lesson], stdin=its, stdout=its, stderr=its, cwd=self.folder,
                                   env=self.environment)
        os.close(its)
        shown = b""
        for line in lines:
            while not shown.endswith(PROMPT.encode()):
                shown += os.read(own, 1 << 16)
            os.write(own, line.encode())
            shown += b"|"
        with contextlib.suppress(OSError):  # how Linux says that the program has closed its side
            while part := os.read(own, 1 << 16):
                shown += part
        os.close(own)
        self.assertEqual(program.wait(timeout=60), 0)
        return shown.decode()

    def test_arrow_up_brings_back_what_was_typed(self):
        self.assertEqual(self.typed("conv", "print dc\r", "\x1b[A\r", "quit\r").count("\ndc = -1\r"), 2)

    def test_letters_of_any_alphabet_are_taken(self):
        self.environment["LC_ALL"] = "C.UTF-8"
        self.assertIn('nothing is called "größe"', self.typed("conv", "print größe\r", "quit\r"))

    def test_tab_completes_commands_and_names(self):
        shown = self.typed("conv", "pri\tdc\r", "print lo\t\r", "quit\r")
        self.assertIn("\ndc = -1\r", shown)
        self.assertIn("\nloss = 15\r", shown)

    def test_tab_lists_what_a_word_may_become(self):
        self.assertIn("\nda  db  dc  dloss  dv  dw  dx  dy  dz\r", self.typed("conv", "why d\t\r", "quit\r"))


if __name__ == "__main__":
    unittest.main()
