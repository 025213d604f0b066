"""Runs lessons that are files, as a teacher writes them. Argument: the folder with the built programs."""

import collections
import json
import pathlib
import re
import subprocess
import unicodedata
import unittest

from program_test import PROGRAMS, ProgramTest

README = pathlib.Path(__file__).resolve().parents[2] / "apps" / "lessons" / "README.md"
GIVEN = "x = variable([[[[1, -2], [3, 4]]]])\nm = variable([[1, 2], [3, -4]])\n"
NORMED = [-0.21822, -1.52753, 0.65465, 1.09109]  # x less its mean, by its deviation
LOG_SOFTMAX = [-1.31326, -0.31326, -0.00091, -7.00091]  # of m

# Of each function a line, or some, and the numbers of y.
FUNCTIONS = {
    "input": ("y = m + input([[1, 1], [0, 0]])", [2, 3, 3, -4]),
    "variable": ("v = variable([5])\ny = v * 2", [10]),
    "parameter": ("v = parameter([5])\ny = v * 2", [10]),
    "zeros": ("y = m + zeros((2, 2))", [1, 2, 3, -4]),
    "ones": ("y = m + ones((2, 2))", [2, 3, 4, -3]),
    "digit": ("y = sum(m) + 0 * sum(digit(3))", [2]),
    "Conv2d": ("c = Conv2d(x, 2, kernel_size=2, bias=False)\ny = 0 * c + 1", [1, 1]),
    "Linear": ("c = Linear(m, 1, bias=False)\ny = 0 * c + 1", [1, 1]),
    "BatchNorm2d": ("y = BatchNorm2d(x, eps=0)", NORMED),
    "conv2d": ("y = conv2d(x, [[[[1]]]], [10], stride=2, padding=(1, 0))", [10, 13]),
    "conv1x1": ("y = conv1x1(x, [[2]], [1])", [3, -3, 7, 9]),
    "conv1d": ("s = variable([[[1, 2, 3]]])\ny = conv1d(s, [[[1, 1]]], stride=1)", [3, 5]),
    "conv_transpose2d": ("y = conv_transpose2d(x, [[[[1]]]], stride=2)", [1, 0, -2, 0, 0, 0, 3, 0, 4]),
    "linear": ("y = linear(m, [[1, 1]], [1])", [4, 0]),
    "matmul": ("y = matmul(m, [[1], [1]])", [3, -1]),
    "embedding": ("y = embedding(m, [1, 0])", [3, -4, 1, 2]),
    "max_pool2d": ("y = max_pool2d(x, 2)", [4]),
    "avg_pool2d": ("y = avg_pool2d(x, (2, 1), stride=1)", [2, 1]),
    "global_avg_pool2d": ("y = global_avg_pool2d(x)", [1.5]),
    "adaptive_avg_pool2d": ("y = adaptive_avg_pool2d(x, (2, 1))", [-0.5, 3.5]),
    "upsample2d": ("y = upsample2d(x, (1, 2), mode=\"nearest\")", [1, 1, -2, -2, 3, 3, 4, 4]),
    "pad2d": ("y = pad2d(x, (0, 0, 1, 0), value=9)", [9, 1, -2, 9, 3, 4]),
    "relu": ("y = relu(m)", [1, 2, 3, 0]),
    "leaky_relu": ("y = leaky_relu(m, negative_slope=0.5)", [1, 2, 3, -2]),
    "elu": ("y = elu(m)", [1, 2, 3, -0.98168]),
    "gelu": ("y = gelu(m)", [0.84134, 1.95450, 2.99595, -0.00013]),
    "silu": ("y = silu(m)", [0.73106, 1.76159, 2.85772, -0.07194]),
    "mish": ("y = mish(m)", [0.86510, 1.94396, 2.98654, -0.07259]),
    "hardswish": ("y = hardswish(m)", [0.66667, 1.66667, 3, 0]),
    "softplus": ("y = softplus(m)", [1.31326, 2.12693, 3.04859, 0.01815]),
    "sigmoid": ("y = sigmoid(m)", [0.73106, 0.88080, 0.95257, 0.01799]),
    "tanh": ("y = tanh(m)", [0.76159, 0.96403, 0.99505, -0.99933]),
    "exp": ("y = exp(m)", [2.71828, 7.38906, 20.08554, 0.01832]),
    "log": ("y = log(abs(m))", [0, 0.69315, 1.09861, 1.38629]),
    "sqrt": ("y = sqrt(abs(m))", [1, 1.41421, 1.73205, 2]),
    "abs": ("y = abs(m)", [1, 2, 3, 4]),
    "pow": ("y = pow(m, 2)", [1, 4, 9, 16]),
    "clamp": ("y = clamp(m, min=-1, max=2)", [1, 2, 2, -1]),
    "maximum": ("y = maximum(m, 2)", [2, 2, 3, 2]),
    "minimum": ("y = minimum(m, [[0, 5], [0, 5]])", [0, 2, 0, -4]),
    "where": ("y = where([[1, 0], [0, 1]], m, 5 * m)", [1, 10, 15, -4]),
    "sum": ("y = sum(m, dim=0)", [4, -2]),
    "mean": ("y = mean(m, dim=(1,), keepdim=True)", [1.5, -0.5]),
    "max": ("y = max(m, dim=-1)", [2, 3]),
    "softmax": ("y = softmax(m)", [0.26894, 0.73106, 0.99909, 0.00091]),
    "log_softmax": ("y = log_softmax(m, dim=1)", LOG_SOFTMAX),
    "batch_norm2d": ("y = batch_norm2d(x, [2], [1], eps=0)", [1 + 2 * v for v in NORMED]),
    "layer_norm": ("y = layer_norm(m, [1, 1], eps=0)", [-1, 1, 1, -1]),
    "group_norm": ("y = group_norm(x, num_groups=1, eps=0)", NORMED),
    "instance_norm2d": ("y = instance_norm2d(x, eps=0)", NORMED),
    "dropout": ("y = dropout(m, p=0)", [1, 2, 3, -4]),
    "flatten": ("y = matmul(flatten(x), [[1], [0], [0], [1]])", [5]),
    "reshape": ("y = sum(reshape(m, (4, -1)), dim=1)", [1, 2, 3, -4]),
    "squeeze": ("y = sum(squeeze(x), dim=0)", [4, 2]),
    "unsqueeze": ("y = sum(unsqueeze(m, 0), dim=1)", [4, -2]),
    "transpose": ("y = transpose(m, 0, 1)", [1, 3, 2, -4]),
    "permute": ("y = permute(m, (1, 0))", [1, 3, 2, -4]),
    "concat": ("y = concat([m, relu(m)], dim=1)", [1, 2, 1, 2, 3, -4, 3, 0]),
    "stack": ("y = stack((m, m))", [1, 2, 3, -4, 1, 2, 3, -4]),
    "slice": ("y = slice(m, 1, begin=1)", [2, -4]),
    "select": ("y = select(m, 0, 1)", [3, -4]),
    "mse_loss": ("y = mse_loss(m, zeros((2, 2)))", [7.5]),
    "l1_loss": ("y = l1_loss(m, zeros((2, 2)), reduction=\"sum\")", [10]),
    "huber_loss": ("y = huber_loss(m, zeros((2, 2)))", [2]),
    "cross_entropy": ("y = cross_entropy(m, [1, 0])", [0.157087]),
    "nll_loss": ("y = nll_loss(log_softmax(m), [1, 0])", [0.157087]),
    "bce_with_logits": ("target = [[1, 1], [1, 0]]\ny = bce_with_logits(m, target, reduction='none')",
                        [0.31326, 0.12693, 0.04859, 0.01815]),
    "kl_div": ("y = kl_div(log_softmax(m), [[0.5, 0.5], [1, 0]], reduction=\"sum\")", [0.121025]),
}

# A program, and what is said of it; its first line is line 4 of the file.
MISTAKES = [
    ("y = conv2d(x)", 'my.lesson:6: conv2d wants "weight": conv2d(x, weight, bias, stride, padding, dilation, groups)'),
    ("y = conv2d(x, m, strid=2)", 'my.lesson:6: conv2d has no argument "strid"; did you mean "stride"?'),
    ("y = relu(m, 1, 2)", "my.lesson:6: relu takes at most 1 arguments: relu(x)"),
    ("y = relu(m, x=m)", 'my.lesson:6: relu is given "x" twice'),
    ("y = conv2b(x, m)", 'my.lesson:6: there is no op "conv2b"; did you mean "conv2d"?'),
    ("y = xyzzy(x)", 'my.lesson:6: there is no op "xyzzy"; step --ops lists them'),
    ("weight = m + 1\ny = m * wieght", 'my.lesson:7: nothing is called "wieght" yet; did you mean "weight"?'),
    ("y = m +", "my.lesson:6: a name, a number or a bracket is expected, the end of the line was found"),
    ("y = relu(m", "my.lesson:6: a bracket is opened here and never closed, a ) is missing"),
    ("y = relu(m] + 1", 'my.lesson:6: a comma or ) is expected, "]" was found'),
    ("y = m m", 'my.lesson:6: an operator or the end of the line is expected, "m" was found'),
    ("y = m ** 2", 'my.lesson:6: a name, a number or a bracket is expected, "*" was found'),
    ("y = m @ m", 'my.lesson:6: "@" has no meaning in a program'),
    ("größe = m", 'my.lesson:6: "ö" has no meaning in a program'),
    ("y = stack([m - x, m])", 'my.lesson:6: a comma or ] is expected, "-" was found'),
    ("y = stack([m-x, m])", 'my.lesson:6: a comma or ] is expected, "-" was found'),
    ("y = m" + " + 1" * 20000, "my.lesson:6: a line has 1000 operators at most"),
    ("y = sum(dim=0, m)", "my.lesson:6: an argument without a name stands behind one with a name"),
    ("y = m * 2x", 'my.lesson:6: "2x" is not a number'),
    ("y = l1_loss(m, m, reduction=\"sum)", 'my.lesson:6: the text "sum) has no closing quote'),
    ("y = l1_loss(m, m, reduction=\"all\")", 'my.lesson:6: l1_loss: reduction is to be "mean" or "sum" or "none"'),
    ("y = max_pool2d(x, 1.5)", "my.lesson:6: max_pool2d: kernel_size is to be a whole number"),
    ("y = max_pool2d(x, (1, 1, 1))", "max_pool2d: kernel_size is to be a whole number or two, (rows, columns)"),
    ("y = relu(\"m\")", "my.lesson:6: relu: x is to be a tensor: its name, or numbers in brackets"),
    ("y = m + [[1, 2], [3]]", "my.lesson:6: rows of numbers are equally long: row 0 has 2 elements, row 1 has 1 element"),
    ("y = m + [[1, 2],\n [3, 4, 5]]", "my.lesson:7: rows of numbers are equally long"),
    ("y = m + zeros((-1, 2))", "my.lesson:6: shape [-1,2] has a negative size"),
    ("v = variable([1])\ny = BatchNorm2d(v)", "my.lesson:7: dimension 1 is out of range for shape [1]"),
    ("None = relu(m)", "my.lesson:6: None is a word of the language, and no name for a tensor"),
    ("m = relu(m)", "my.lesson:6: m is made twice; each tensor has a name of its own"),
    ("y = m", "my.lesson:6: y would be a second name of m; a tensor has one"),
    ("y = relu(Linear(m, 2))", "my.lesson:6: Linear is a layer with weights and stands in a line of its own: name = Linear(...)"),
    ("y = conv2d(x, m)", "conv2d (my.lesson:6): "),
    ("y = relu(m)", "my.lesson:6: the loss is one number, y is [2,2]: a program ends as in loss = mean(...), or names its loss"),
    ("y = " + "(" * 100 + "m", "my.lesson:6: brackets stand 64 deep at most"),
    ("y = digit(12) + m", "my.lesson:6: digit: label is to be a digit from 0 to 9"),
    ("y = huber_loss(m, m)", "huber_loss: target is to be numbers in brackets, or the name of an input"),
]

# A whole file, and what is said of it.
BAD_FILES = [
    ("title A\n", "my.lesson:2: a lesson has a program: "),
    ("program\nloss = 1\n", "my.lesson:3: a lesson has a title: "),
    ("titel A\n", 'my.lesson:1: one of title, start, story, program, try, questions is expected, "titel A" was found; '
                  'did you mean "title"?'),
    ("title A\nstart wnidow y[0]\n", 'my.lesson:2: the stepper has no command "wnidow"; did you mean "window"?'),
    ("title A\nstory\nstory\n", 'my.lesson:3: "story" has begun before'),
    ("title A\nprogram\ny = sum(variable([1]))\ntry\nwindwo y\n", 'my.lesson:5: the stepper has no command "windwo"; did you mean "window"?'),
    ("title A\nprogram\nx = variable([1])\ny = sum(x)\nquestions\ndq[0]\n", 'my.lesson:6: a question: nothing is called "dq"'),
    ("title A\nprogram\n", "my.lesson:3: the program computes nothing; its last line is the loss"),
]


class LessonTest(ProgramTest):
    def write(self, text, name="my.lesson"):
        (self.folder / name).write_text(text)

    def step(self, *arguments, commands=()):
        lines = "".join(command + "\n" for command in commands)
        return subprocess.run([PROGRAMS / "step", *arguments], input=lines, capture_output=True, text=True,
                              cwd=self.folder, env=self.environment, timeout=60)

    def output(self, *arguments, commands=()):
        result = self.step(*arguments, commands=commands)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def numbers(self, name):
        answer = json.loads(self.output("my.lesson", "--json", commands=[f"print {name}"]).splitlines()[-1])
        return answer["data"]["values"]


class Programs(LessonTest):
    def test_each_function_computes(self):
        listed = [line.split("(")[0] for line in self.output("--ops").splitlines()]
        self.assertEqual(sorted(listed), sorted(FUNCTIONS))
        for name, (lines, expected) in FUNCTIONS.items():
            with self.subTest(name):
                self.write(f"title {name}\nprogram\n{GIVEN}{lines}\nloss = sum(y)\n")
                found = self.numbers("y")
                self.assertEqual(len(found), len(expected))
                for one, other in zip(found, expected):
                    self.assertAlmostEqual(one, other, delta=1e-5)

    def test_operators_from_left_to_right_and_products_first(self):
        for text, expected in [("m - 1 - 1", [-1, 0, 1, -6]), ("2 - m * 3", [-1, -4, -7, 14]), ("-(m + 1) / 2", [-1, -1.5, -2, 1.5]),
                               ("m * (1 + 2) - -m", [4, 8, 12, -16]), ("12 / m", [12, 6, 4, -3]), ("m / m", [1, 1, 1, 1])]:
            with self.subTest(text):
                self.write(f"title A\nprogram\n{GIVEN}y = {text}\nsum(y)\n")
                self.assertEqual(self.numbers("y"), expected)

    def test_a_printed_tensor_can_be_pasted(self):
        for text in ["[[ 1.0000e+00, -2.], [.5, 3]]", "[[1 -2] [0.5 3]]", "[[ 1.0, -2.0],  # as printed\n        [ 0.5,  3.0]]"]:
            with self.subTest(text):
                self.write(f"title A\nprogram\nm = variable({text})\nsum(m)\n")
                self.assertEqual(self.numbers("m"), [1, -2, 0.5, 3])

    def test_the_place_of_a_tensor_is_its_line(self):
        self.write(f"title A\nstory\nTold.\n\nprogram\n{GIVEN}\ny = relu(\n  m)\nsum(y)\n")
        self.assertRegex(self.output("my.lesson", commands=["list"]), r"y = relu\(m\) +\[2,2\] +my\.lesson:9\n")

    def test_layers_are_initialised_by_the_seed(self):
        self.write(f"title A\nprogram\n{GIVEN}fc = Linear(m, 2)\nsum(fc)\n")
        first = self.numbers("fc.weight")
        self.assertEqual(first, self.numbers("fc.weight"))
        other = self.output("my.lesson", "--json", "--seed", "2", commands=["print fc.weight"]).splitlines()[-1]
        self.assertNotEqual(first, json.loads(other)["data"]["values"])

    def test_each_mistake_names_its_line(self):
        for lines, message in MISTAKES:
            with self.subTest(lines[:60]):
                self.write(f"title A\nstory\nprogram\n{GIVEN}{lines}\n")
                self.assert_fails(self.step("my.lesson"), 1, message)


class Files(LessonTest):
    def test_the_readme_shows_a_lesson(self):
        self.write(README.read_text().split("```text\n")[1].split("```")[0])
        text = self.output("my.lesson", commands=["print loss", "html my.html"])
        self.assertTrue(text.startswith("One channel and its window\n\nA convolution slides a small kernel over an image."))
        self.assertIn("\nTry\n  window z[0,0,0,0]  # the products of the first window\n", text)
        self.assertIn("\nloss = 1.25\n", text)
        page = (self.folder / "my.html").read_text()
        data = json.loads(page.split('id="reel-data">')[1].split("</script>")[0])
        self.assertEqual(data["title"], "One channel and its window")
        self.assertEqual(data["start"], "window z[0,0,0,0]")
        self.assertEqual(data["tries"], [{"command": "window z[0,0,0,0]", "remark": "the products of the first window"}])
        self.assertEqual(data["questions"], [{"number": "dw[0,0,1,1]", "hint": "4, 5, 7 and 8, each times its dz",
                                              "text": "The weight 3 met a pixel in each window. What is its gradient?"}])

    def test_what_is_wrong_with_a_file_names_its_line(self):
        for text, message in BAD_FILES:
            with self.subTest(text):
                self.write(text)
                self.assert_fails(self.step("my.lesson"), 1, message)

    def test_a_file_of_an_editor_of_windows(self):
        (self.folder / "my.lesson").write_bytes(b"\xef\xbb\xbftitle\tA\r\nprogram\r\ny =\tsum(variable([1,\r\n 2]))\r\n"
                                                b"try\r\nwhy\ty  # 1 + 2\r\n")
        self.assertIn("\nTry\n  why y  # 1 + 2\n", self.output("my.lesson"))

    def test_what_turns_the_terminal_is_written_out(self):
        (self.folder / "my.lesson").write_bytes(b"title \xff\nstory\n\x1b[2J\nprogram\nsum(variable([1]))\n")
        self.assertTrue(self.output("my.lesson").startswith("\\xff\n\n\\x1b[2J\n"))
        told = json.loads(self.output("my.lesson", "--json").splitlines()[0])
        self.assertEqual((told["title"], told["story"]), ("\\xff", "\\x1b[2J"))

    def test_a_file_that_is_not_there(self):
        self.assert_fails(self.step("none.lesson"), 1, "none.lesson")
        self.assert_fails(self.step("./none"), 1, "none")

    def test_a_name_that_turns_the_terminal_is_written_out(self):
        self.write("title A\nprogram\n\x1b[2J\n")
        self.assert_fails(self.step("my.lesson"), 1, r"\x1b")


# A translation of TRANSLATED, and what is said of it.
TRANSLATED = """title A step
start y[0]
story
One.
program
x = variable([2])
y = x * 3
sum(y)
try
why y[0]  # a product
bwd
questions
dx[0]  What is it?  # 3
y[0]  And this?
"""
TRANSLATION = "title 一步\nstory\n一。\ntry\n一个乘积\nquestions\n它是多少？  # 3\n这个呢？\n"
BAD_TRANSLATIONS = [
    (TRANSLATION.replace("title 一步\n", ""), "zh/my.lesson:8: a translation has a title"),
    (TRANSLATION.replace("title 一步\n", "title 一步\nstart y[0]\n"), "zh/my.lesson:2: a translation has no start; it is that of my.lesson"),
    (TRANSLATION + "program\nx = 1\n", "zh/my.lesson:10: a translation has no program; it is that of my.lesson"),
    (TRANSLATION.replace("story\n一。\n", ""), "zh/my.lesson:7: a translation has a story where my.lesson has one"),
    (TRANSLATION.replace("一个乘积\n", "一个乘积\n到末尾\n"),
     "zh/my.lesson:6: below try stands a line for each remark of my.lesson, 1 in all; 2 were found"),
    (TRANSLATION.replace("这个呢？\n", ""),
     "zh/my.lesson:8: below questions stands a line for each question of my.lesson, 2 in all; 1 were found"),
    (TRANSLATION.replace("一个乘积", "why y[0]  # 一个乘积"), "zh/my.lesson:5: a remark of a translation stands alone"),
    (TRANSLATION.replace("  # 3", ""), "zh/my.lesson:7: a hint, behind a #, is there where my.lesson has one: What is it?"),
    (TRANSLATION.replace("title", "titel"), 'zh/my.lesson:1: one of title, start, story, program, try, questions is expected'),
]


def width_of(line):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in line)


def numbers_in(text):
    return collections.Counter(re.findall(r"-?\d+(?:\.\d+)?", text))


class Translations(LessonTest):
    def write_translated(self, translation):
        self.write(TRANSLATED)
        (self.folder / "zh").mkdir(exist_ok=True)
        self.write(translation, "zh/my.lesson")

    def pages(self):
        """What the pages of all lessons tell, with the name of each: in English, and the same in Chinese."""
        self.output("--pages", "pages")
        for page in sorted((self.folder / "pages").glob("*.html")):
            if page.stem == "index":
                continue
            data = json.loads(page.read_text().split('id="reel-data">')[1].split("</script>")[0])
            yield page.stem, data, data["translations"]["zh"]

    def test_every_lesson_is_told_in_chinese_with_the_same_numbers(self):
        folder = README.parent
        self.assertEqual(sorted(path.name for path in folder.glob("*.lesson")), sorted(path.name for path in (folder / "zh").iterdir()))
        for name, english, chinese in self.pages():
            pairs = [(english[part], chinese[part]) for part in ("title", "story")]
            pairs += [(one["remark"], other["remark"]) for one, other in zip(english["tries"], chinese["tries"])]
            for one, other in zip(english["questions"], chinese["questions"]):
                pairs += [(one["text"], other["text"]), (one["hint"], other["hint"])]
            for one, other in pairs:
                with self.subTest(lesson=name, english=one):
                    self.assertEqual(numbers_in(one), numbers_in(other))
                    self.assertEqual("\n\n" in one, "\n\n" in other)

    def test_chinese_is_set_as_it_should_be(self):
        for path in sorted((README.parent / "zh").iterdir()):
            with self.subTest(path.name):
                text = path.read_text()
                self.assertNotRegex(text, r"[一-鿿][A-Za-z0-9\[(]|[A-Za-z0-9\])][一-鿿]")  # a blank between the scripts,
                self.assertNotRegex(text, r"[一-鿿][,.;:?!]|[“”‘’]")  # wide punctuation, and none that is wide here and narrow there

    def test_a_lesson_in_chinese(self):
        listed = self.output("--list", "--lang", "zh").splitlines()
        self.assertEqual(listed[0], "one-channel      一个通道和它的窗口")
        text = self.output("bias", "--lang", "zh", commands=["print db"])
        self.assertTrue(text.startswith("偏置：加在每一处的同一个数\n\n偏置是每个输出通道的一个数"))
        self.assertIn("\n试一试\n  window z[0,0,0,0]     # 先是各个乘积，再加一次偏置\n", text)
        self.assertIn("\ndb = -2\n", text)
        self.assertIn("\n数字 0\n", self.output("lenet", "--lang", "zh"))
        self.environment["NO_COLOR"] = "1"
        self.assertIn("下一课：step cost    卷积的计算量\n", self.on_terminal("step", "bias", "--lang", "zh", typed="quit\n"))
        self.assert_fails(self.step("bias", "--lang", "xx"), 2, "--lang", "zh")

    def test_a_story_in_chinese_fits_the_terminal(self):
        for path in sorted((README.parent / "zh").iterdir()):
            for line in self.output(path.stem, "--lang", "zh").splitlines()[:-1]:  # the last is the stepper's
                self.assertLess(width_of(line), 80, path.name)

    def test_a_translation_of_ones_own(self):
        self.write_translated(TRANSLATION)
        self.assertTrue(self.output("my.lesson").startswith("A step\n\nOne.\n\nTry\n  why y[0]  # a product\n"))
        text = self.output("my.lesson", "--lang", "zh", commands=["html my.html"])
        self.assertTrue(text.startswith("一步\n\n一。\n\n试一试\n  why y[0]  # 一个乘积\n  bwd\n"))
        data = json.loads((self.folder / "my.html").read_text().split('id="reel-data">')[1].split("</script>")[0])
        self.assertEqual((data["title"], data["translations"]["zh"]["title"]), ("A step", "一步"))
        self.assertEqual(data["translations"]["zh"]["questions"],
                         [{"number": "dx[0]", "text": "它是多少？", "hint": "3"}, {"number": "y[0]", "text": "这个呢？", "hint": ""}])

    def test_a_question_without_words_has_none_in_a_translation(self):
        self.write_translated(TRANSLATION)
        self.write(TRANSLATED + "dy[0]\n")
        self.output("my.lesson", commands=["html my.html"])
        data = json.loads((self.folder / "my.html").read_text().split('id="reel-data">')[1].split("</script>")[0])
        asked = data["translations"]["zh"]["questions"]
        self.assertEqual([one["text"] for one in asked], ["它是多少？", "这个呢？", ""])
        self.assertEqual(asked[2]["number"], "dy[0]")

    def test_a_translation_that_does_not_fit_names_its_line(self):
        for text, message in BAD_TRANSLATIONS:
            with self.subTest(message):
                self.write_translated(text)
                self.assert_fails(self.step("my.lesson"), 1, message)


if __name__ == "__main__":
    unittest.main()
