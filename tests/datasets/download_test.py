"""Tests datasets/download.cmake against a local server: download_test.py CMAKE SCRIPT"""

import hashlib
import http.server
import io
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

CMAKE, SCRIPT = sys.argv[1:3]

FILES = {"one.bin": b"one" * 50000, "two.bin": b"two" * 1000}
MEMBERS = {"train.bin": b"train" * 1000, "labels.txt": b"apple\nbaby\n"}


def make_archive():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, content in MEMBERS.items():
            member = tarfile.TarInfo("unpacked/" + name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


SERVED = {**FILES, "set.tar.gz": make_archive()}


class Handler(http.server.BaseHTTPRequestHandler):
    """The first folder of an address says how its file is served."""

    def do_GET(self):
        self.server.requests.append(self.path)
        way, name = self.path.split("/")[1:]
        content = SERVED.get(name)
        if way == "absent" or content is None:
            self.send_error(404)
            return
        if way == "wrong":
            content = bytes(len(content))
        self.send_response(200)
        if way != "cut-unsaid":  # without a length only the checksum tells that the file is cut
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if way.startswith("cut") else content)

    def log_message(self, *arguments):
        pass


class Download(unittest.TestCase):
    def setUp(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.requests = []
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.temporary = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.temporary.name)
        self.dir = self.root / "some data"
        self.folder = self.dir / "plain"
        self.unpacked = self.dir / "unpacked"
        self.manifest = self.root / "manifest.cmake"
        md5 = {name: hashlib.md5(content).hexdigest() for name, content in SERVED.items()}
        self.manifest.write_text(
            "set(DATASETS plain packed)\n"
            f"set(plain_FOLDER plain)\nset(plain_MIRRORS {self.address}/published)\n"
            f"set(plain_FILES one.bin {md5['one.bin']} two.bin {md5['two.bin']})\n"
            f"set(packed_FOLDER unpacked)\nset(packed_MIRRORS {self.address}/published)\n"
            f"set(packed_ARCHIVE set.tar.gz {md5['set.tar.gz']})\n"
        )

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.temporary.cleanup()

    def run_script(self, *definitions):
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        command = [CMAKE] + [word for d in definitions for word in ("-D", d)] + ["-P", SCRIPT]
        run = subprocess.run(command, cwd=self.root, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=120)
        return run.returncode, " ".join(run.stdout.split())

    def fetch(self, dataset, *ways):
        mirrors = ";".join(f"{self.address}/{way}" for way in ways)
        extra = ["MIRROR=" + mirrors] if ways else []
        return self.run_script(f"DATASET={dataset}", f"DIR={self.dir}", f"MANIFEST={self.manifest}", *extra)

    def contents(self, folder):
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def assert_unpacked(self):
        found = self.contents(self.dir)
        self.assertIn("unpacked/MD5SUMS", found)
        del found["unpacked/MD5SUMS"]
        self.assertEqual(found, {"unpacked/" + name: content for name, content in MEMBERS.items()})

    def test_fetches_every_file_from_the_published_address(self):
        code, output = self.fetch("plain")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.contents(self.dir), {"plain/" + name: content for name, content in FILES.items()})
        self.assertEqual(self.server.requests, ["/published/one.bin", "/published/two.bin"])

    def test_keeps_whole_files_without_a_request(self):
        self.fetch("plain")
        self.server.requests.clear()
        code, output = self.fetch("plain", "absent")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.server.requests, [])

    def test_replaces_a_damaged_file_only(self):
        self.fetch("plain")
        (self.folder / "two.bin").write_bytes(b"damaged")
        self.server.requests.clear()
        self.assertEqual(self.fetch("plain")[0], 0)
        self.assertEqual(self.contents(self.folder), FILES)
        self.assertEqual(self.server.requests, ["/published/two.bin"])

    def test_a_broken_download_changes_nothing(self):
        old = {"one.bin": b"an older edition", "two.bin": FILES["two.bin"]}
        reasons = {"wrong": "its md5 is", "cut": "cut/one.bin: ", "cut-unsaid": "its md5 is",
                   "absent": "absent/one.bin: "}
        for way, reason in reasons.items():
            with self.subTest(way):
                self.folder.mkdir(parents=True, exist_ok=True)
                for name, content in old.items():
                    (self.folder / name).write_bytes(content)
                code, output = self.fetch("plain", way)
                self.assertNotEqual(code, 0, output)
                self.assertIn("one.bin could not be fetched", output)
                self.assertIn(reason, output)
                self.assertEqual(self.contents(self.folder), old)

    def test_tries_the_mirrors_in_turn(self):
        code, output = self.fetch("plain", "absent", "cut", "wrong/", "good", "never")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.contents(self.folder), FILES)
        ways = [path.split("/")[1] for path in self.server.requests]
        self.assertEqual(ways, ["absent", "cut", "wrong", "good"] * 2)

    def test_goes_on_where_a_download_broke_off(self):
        self.folder.mkdir(parents=True)
        (self.folder / "one.bin").write_bytes(FILES["one.bin"])
        (self.folder / "two.bin.part").write_bytes(b"tw")  # as a killed run leaves it
        code, output = self.fetch("plain")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.contents(self.folder), FILES)
        self.assertEqual(self.server.requests, ["/published/two.bin"])

    def test_unpacks_an_archive_and_keeps_what_is_whole(self):
        code, output = self.fetch("packed")
        self.assertEqual(code, 0, output)
        self.assert_unpacked()
        self.server.requests.clear()
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assertEqual(self.server.requests, [])

    def test_fetches_an_archive_again_where_a_file_is_damaged_or_gone(self):
        self.fetch("packed")
        (self.unpacked / "train.bin").write_bytes(b"damaged")
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assert_unpacked()
        (self.unpacked / "labels.txt").unlink()
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assert_unpacked()

    def test_a_broken_archive_leaves_the_old_folder(self):
        self.unpacked.mkdir(parents=True)
        (self.unpacked / "train.bin").write_bytes(b"unpacked by hand")
        for way in ("wrong", "cut", "cut-unsaid", "absent"):
            with self.subTest(way):
                self.assertNotEqual(self.fetch("packed", way)[0], 0)
                self.assertEqual(self.contents(self.dir), {"unpacked/train.bin": b"unpacked by hand"})

    def test_unpacks_again_after_a_kill_without_a_request(self):
        (self.dir / "unpacked.part" / "unpacked").mkdir(parents=True)
        (self.dir / "set.tar.gz").write_bytes(SERVED["set.tar.gz"])
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assert_unpacked()
        self.assertEqual(self.server.requests, [])

    def test_wrong_usage_says_what_is_right(self):
        for definitions in ([], ["DATASET=mnist"], ["DIR=data"]):
            code, output = self.run_script(*definitions)
            self.assertNotEqual(code, 0)
            self.assertIn("cmake -D DATASET=mnist -D DIR=data -P", output)
        code, output = self.run_script("DATASET=minst", "DIR=data")
        self.assertNotEqual(code, 0)
        self.assertIn('no data set "minst"; DATASET is one of mnist, fashion-mnist, cifar10, cifar100', output)
        self.assertFalse((self.root / "data").exists())

    def test_the_manifest_of_the_project_names_the_published_files(self):
        first = {  # the folder, the first file, its md5
            "mnist": ("data/mnist", "train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
            "fashion-mnist": ("data/fashion-mnist", "train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            "cifar10": ("data", "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),
            "cifar100": ("data", "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"),
        }
        for dataset, (folder, name, md5) in first.items():
            with self.subTest(dataset):
                SERVED[name] = b"something else"
                code, output = self.run_script(f"DATASET={dataset}", "DIR=data", f"MIRROR={self.address}/good")
                self.assertNotEqual(code, 0)
                self.assertIn(f"{self.root / folder} is as it was", output)
                self.assertIn(f"instead of {md5}", output)
                self.assertEqual(self.server.requests[-1], "/good/" + name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
