"""Tests datasets/download.cmake against a local server: download_test.py CMAKE SCRIPT"""

import hashlib
import http.server
import io
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import unittest

CMAKE, SCRIPT = sys.argv[1], os.path.abspath(sys.argv[2])

FILES = {"one.bin": b"one" * 50000, "two.bin": b"two" * 1000}
MEMBERS = {"train.bin": b"train" * 1000, "labels.txt": b"apple\nbaby\n"}


def make_archive(more=()):
    """The members, and before them (name, type, what it leads to or holds) of `more`."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, kind, content in [*more, *(("unpacked/" + m, tarfile.REGTYPE, c) for m, c in MEMBERS.items())]:
            member = tarfile.TarInfo(name)
            member.type = kind
            if kind == tarfile.REGTYPE:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
            else:
                member.linkname = content
                archive.addfile(member)
    return packed.getvalue()


ARCHIVE = make_archive()
SERVED = {**FILES, "set.tar.gz": ARCHIVE}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def names_and_sums(files):
    return " ".join(f"{name} {sha256(content)}" for name, content in files.items())


def small_files(limit):
    """For a process before its program starts: writing a file beyond `limit` bytes fails, as on a full disk."""
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return set_limit


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
        if way == "slow":
            self.server.may_answer.wait(60)
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
        self.server.may_answer = threading.Event()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.temporary = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.temporary.name)
        self.dir = self.root / "some data"
        self.folder = self.dir / "plain"
        self.unpacked = self.dir / "unpacked"
        self.manifest = self.root / "manifest.cmake"
        self.write_manifest()

    def write_manifest(self):
        self.manifest.write_text(
            "set(DATASETS plain packed)\n"
            f"set(plain_FOLDER plain)\nset(plain_MIRRORS {self.address}/published)\n"
            f"set(plain_FILES {names_and_sums(FILES)})\n"
            f"set(packed_FOLDER unpacked)\nset(packed_MIRRORS {self.address}/published)\n"
            f"set(packed_ARCHIVE set.tar.gz {sha256(SERVED['set.tar.gz'])})\n"
            f"set(packed_FILES {names_and_sums(MEMBERS)})\n"
        )

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()
        self.temporary.cleanup()

    def start_script(self, *definitions, **options):
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        command = [CMAKE] + [word for d in definitions for word in ("-D", d)] + ["-P", SCRIPT]
        return subprocess.Popen(command, cwd=self.root, env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, **options)

    def end_script(self, run):
        output, _ = run.communicate(timeout=120)
        return run.returncode, " ".join(output.split())

    def run_script(self, *definitions, **options):
        return self.end_script(self.start_script(*definitions, **options))

    def definitions(self, dataset, *ways):
        mirrors = ";".join(f"{self.address}/{way}" for way in ways)
        extra = ["MIRROR=" + mirrors] if ways else []
        return [f"DATASET={dataset}", f"DIR={self.dir}", f"MANIFEST={self.manifest}", *extra]

    def fetch(self, dataset, *ways, **options):
        return self.run_script(*self.definitions(dataset, *ways), **options)

    def contents(self, folder):
        """Of every file in it but the lock, which stays."""
        return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*")
                if p.is_file() and p.name != ".download.lock"}

    def assert_unpacked(self):
        self.assertEqual(self.contents(self.dir), {"unpacked/" + name: content for name, content in MEMBERS.items()})

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
        reasons = {"wrong": "its sha256 is", "cut": "cut/one.bin: ", "cut-unsaid": "its sha256 is",
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

    def test_files_that_were_unpacked_by_hand_are_kept_and_so_is_what_else_is_there(self):
        self.unpacked.mkdir(parents=True)
        (self.unpacked / "notes.txt").write_bytes(b"mine")
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assertEqual((self.unpacked / "notes.txt").read_bytes(), b"mine")
        for name, content in MEMBERS.items():
            (self.unpacked / name).write_bytes(content)
        self.server.requests.clear()
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assertEqual(self.server.requests, [])

    def test_only_what_the_set_names_is_unpacked(self):
        more = [("unpacked/more.bin", tarfile.REGTYPE, b"more"), ("besides.bin", tarfile.REGTYPE, b"more")]
        SERVED["set.tar.gz"] = make_archive(more)
        self.addCleanup(SERVED.update, {"set.tar.gz": ARCHIVE})
        self.write_manifest()
        code, output = self.fetch("packed")
        self.assertEqual(code, 0, output)
        self.assert_unpacked()

    def test_an_archive_that_could_write_elsewhere_is_refused(self):
        self.addCleanup(SERVED.update, {"set.tar.gz": ARCHIVE})
        outside = self.root / "outside"
        outside.mkdir()
        (outside / "victim").write_bytes(b"as it was")
        leads_out = {
            "up": ("unpacked/train.bin/../../../../outside/new", tarfile.REGTYPE, b"written"),
            "up at once": ("../../outside/new", tarfile.REGTYPE, b"written"),
            "absolute": (str(outside / "new"), tarfile.REGTYPE, b"written"),
            "symbolic link": ("unpacked", tarfile.SYMTYPE, str(outside)),
            "symbolic link in place of a file": ("unpacked/train.bin", tarfile.SYMTYPE, str(outside / "victim")),
            "hard link": ("unpacked/train.bin", tarfile.LNKTYPE, str(outside / "victim")),
            "pipe": ("unpacked/train.bin", tarfile.FIFOTYPE, ""),
        }
        for what, member in leads_out.items():
            with self.subTest(what):
                SERVED["set.tar.gz"] = make_archive([member])
                self.write_manifest()
                code, output = self.fetch("packed")
                self.assertNotEqual(code, 0, output)
                self.assertIn("set.tar.gz is not unpacked: it has links, devices, absolute names or names with ..", output)
                self.assertEqual(self.contents(outside), {"victim": b"as it was"})
                self.assertFalse(self.unpacked.exists())
                (self.dir / "set.tar.gz").unlink()

    def test_a_full_disk_is_told(self):
        old = {"one.bin": b"an older edition", "two.bin": FILES["two.bin"]}
        self.folder.mkdir(parents=True)
        for name, content in old.items():
            (self.folder / name).write_bytes(content)
        code, output = self.fetch("plain", "good", "never", preexec_fn=small_files(1 << 14))
        self.assertNotEqual(code, 0, output)
        self.assertRegex(output, r"/good/one.bin could not be written to .*one.bin.part: is the disk full\?")
        self.assertEqual(self.contents(self.folder), old)
        self.assertEqual(self.server.requests, ["/good/one.bin"], "another mirror would not help")

    def test_a_disk_that_is_full_when_unpacking_is_told(self):
        code, output = self.fetch("packed", preexec_fn=small_files(len(MEMBERS["train.bin"]) - 1))
        self.assertNotEqual(code, 0, output)
        self.assertIn("set.tar.gz could not be unpacked", output)
        self.assertIn("Is the disk full?", output)
        self.assertEqual(self.contents(self.dir), {"set.tar.gz": SERVED["set.tar.gz"]})
        self.server.requests.clear()
        self.assertEqual(self.fetch("packed")[0], 0)
        self.assert_unpacked()
        self.assertEqual(self.server.requests, [])

    def test_two_downloads_at_once_fetch_everything_once(self):
        for dataset, wanted in {"plain": list(FILES), "packed": ["set.tar.gz"]}.items():
            with self.subTest(dataset):
                self.server.requests.clear()
                self.server.may_answer.clear()
                first = self.start_script(*self.definitions(dataset, "slow"))
                while not self.server.requests:  # then it has the lock
                    self.assertIsNone(first.poll())
                    time.sleep(0.01)
                second = self.start_script(*self.definitions(dataset, "slow"))
                while "Waiting for another download" not in second.stdout.readline():
                    self.assertIsNone(second.poll())
                self.server.may_answer.set()
                for run in (first, second):
                    code, output = self.end_script(run)
                    self.assertEqual(code, 0, output)
                self.assertEqual(self.server.requests, ["/slow/" + name for name in wanted])
        self.assertEqual(self.contents(self.folder), FILES)

    def test_wrong_usage_says_what_is_right(self):
        for definitions in ([], ["DATASET=mnist"], ["DIR=data"]):
            code, output = self.run_script(*definitions)
            self.assertNotEqual(code, 0)
            self.assertIn("cmake -D DATASET=mnist -D DIR=data -P", output)
        code, output = self.run_script("DATASET=minst", "DIR=data")
        self.assertNotEqual(code, 0)
        self.assertIn('no data set "minst"; DATASET is one of mnist, fashion-mnist, cifar10, cifar100', output)
        self.assertFalse((self.root / "data").exists())

    def test_every_address_of_the_project_is_https(self):
        manifest = pathlib.Path(SCRIPT).with_name("download_manifest.cmake").read_text()
        schemes = re.findall(r"([\w+.-]+)://", manifest)
        self.assertGreater(len(schemes), 3)
        self.assertEqual(set(schemes), {"https"})

    def test_the_manifest_of_the_project_names_the_published_files(self):
        first = {  # the folder, what is fetched first, its sha256
            "mnist": ("data/mnist", "train-images-idx3-ubyte.gz",
                      "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            "fashion-mnist": ("data/fashion-mnist", "train-images-idx3-ubyte.gz",
                              "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
            "cifar10": ("data", "cifar-10-binary.tar.gz",
                        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"),
            "cifar100": ("data", "cifar-100-binary.tar.gz",
                         "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec"),
        }
        for dataset, (folder, name, published) in first.items():
            with self.subTest(dataset):
                SERVED[name] = b"something else"
                code, output = self.run_script(f"DATASET={dataset}", "DIR=data", f"MIRROR={self.address}/good")
                self.assertNotEqual(code, 0)
                self.assertIn(f"{self.root / folder} is as it was", output)
                self.assertIn(f"instead of {published}", output)
                self.assertEqual(self.server.requests[-1], "/good/" + name)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
