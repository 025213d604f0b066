"""Writes the lessons' site and looks whether all of it is there. Arguments: the folder with the built programs, CMake and
apps/lessons/site.cmake."""

import html.parser
import json
import re
import subprocess
import sys
import unittest
import zipfile

CMAKE, SITE = sys.argv.pop(2), sys.argv.pop(2)
from program_test import PROGRAMS, ProgramTest  # takes the first argument


class Page(html.parser.HTMLParser):
    """The addresses of what a page leads to and loads, and how many pictures it has."""
    def __init__(self, text):
        super().__init__()
        self.addresses, self.pictures = [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.addresses += [value for name, value in attributes if name in ("href", "src") and value[0] != "#"]
        self.pictures += tag == "svg"


class SiteTest(ProgramTest):
    def write_site(self, **variables):
        site = self.folder / "the site"
        variables = {"STEP": PROGRAMS / "step", "OUTPUT": site} | variables
        subprocess.run([CMAKE, *(f"-D{name}={value}" for name, value in variables.items()), "-P", SITE], check=True,
                       capture_output=True, env=self.environment, cwd=self.folder, timeout=600)
        return site

    def lessons(self):
        listed = self.run_program("step", "--list").stdout.splitlines()
        return [line.split()[0] for line in listed]

    def test_every_lesson_has_a_card_with_a_picture_and_a_page(self):
        site = self.write_site()
        index = Page((site / "index.html").read_text())
        self.assertEqual(index.addresses, [f"{name}.html" for name in self.lessons()])
        self.assertEqual(index.pictures, len(self.lessons()))

    def test_the_list_is_in_english_and_chinese(self):
        index = (self.write_site() / "index.html").read_text()
        for title in "One channel and its window", "一个通道和它的窗口":
            self.assertIn(f"<h2>{title}</h2>", index)
        self.assertIn("<p>A convolution slides a small kernel over an image. Here the image x is 3x3", index)
        self.assertIn("偏置是每个输出通道的一个数，在每个乘积之和上只加一次：不是每个权重加一次，也不是每个输入通道加一次。</p>", index)

    def test_lessons_lead_to_the_ones_before_and_after_and_to_the_list(self):
        site = self.write_site()
        names = self.lessons()
        for name, before, after in zip(names, [None, *names], [*names[1:], None]):
            data = json.loads(re.search('id="reel-data">(.*?)</script>', (site / f"{name}.html").read_text())[1])
            links = [data[link] and data[link]["address"] for link in ("previous", "next")]
            self.assertEqual(links, [before and f"{before}.html", after and f"{after}.html"])
            self.assertEqual(data["contents"], "index.html")

    def test_the_zip_has_the_same_files(self):
        site = self.write_site()
        with zipfile.ZipFile(self.folder / "the site.zip") as packed:
            names = {name for name in packed.namelist() if not name.endswith("/")}
        self.assertEqual(names, {f"the site/{file.name}" for file in site.iterdir()})

    def test_the_playground_is_part_of_it_where_it_was_built(self):
        built = self.folder / "playground.html"
        built.write_text("<title>the playground</title>")
        site = self.write_site(PLAYGROUND=built)
        self.assertEqual((site / "playground.html").read_text(), built.read_text())
        self.assertEqual(Page((site / "index.html").read_text()).addresses[0], "playground.html")
        self.write_site(PLAYGROUND=self.folder / "none.html")
        self.assertFalse((site / "playground.html").exists())


if __name__ == "__main__":
    unittest.main()
