"""Conan 2: the library, in float and in double, from the tree that this recipe lies in."""

import os
import re

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout
from conan.tools.files import copy, load, rmdir


class Reel(ConanFile):
    name = "reel"
    description = "A minimal neural-network training framework in C++20"
    license = "MIT"
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False], "fPIC": [True, False]}
    default_options = {"shared": False, "fPIC": True}
    implements = ["auto_shared_fpic"]

    @property
    def tree(self):
        return os.path.normpath(os.path.join(self.recipe_folder, "..", "..", "..", ".."))

    def set_version(self):
        project = load(self, os.path.join(self.tree, "CMakeLists.txt"))
        self.version = re.search(r"project\(Reel VERSION ([0-9.]+)", project).group(1)

    def export_sources(self):
        for files in ("CMakeLists.txt", "LICENSE", "reel.h", "core/*", "layers/*", "optim/*", "datasets/*"):
            copy(self, files, self.tree, self.export_sources_folder)

    def layout(self):
        cmake_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def requirements(self):
        self.requires("fmt/[>=9 <13]", transitive_headers=True, transitive_libs=True)
        self.requires("libjpeg-turbo/[>=2.1 <4]")
        self.requires("libpng/[>=1.6 <2]")
        self.requires("zlib/[>=1.2.11 <2]")
        self.requires("eigen/3.4.0", transitive_headers=True)  # of core/eigen.h, which reel.h leaves out
        self.requires("nlohmann_json/[>=3.9 <4]", visible=False)  # in no public header

    def generate(self):
        toolchain = CMakeToolchain(self)
        for option in ("REEL_NATIVE", "REEL_BUILD_APPS", "REEL_BUILD_TESTS"):
            toolchain.cache_variables[option] = False
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def package(self):
        CMake(self).install(component="Reel_Development")
        copy(self, "LICENSE", self.source_folder, os.path.join(self.package_folder, "licenses"))
        for folder in ("cmake", "pkgconfig"):  # Conan writes its own
            rmdir(self, os.path.join(self.package_folder, "lib", folder))

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "Reel")
        for library in ("reel", "reel_f64"):
            part = self.cpp_info.components[library]
            part.libs = [library]
            part.requires = ["fmt::fmt", "libjpeg-turbo::jpeg", "libpng::libpng", "zlib::zlib"]
            part.set_property("cmake_target_name", f"Reel::{library}")
            part.set_property("pkg_config_name", library)
            if self.settings.os in ("Linux", "FreeBSD"):
                part.system_libs = ["m", "pthread"]
            if library == "reel_f64":
                part.defines = ["REEL_F64"]
            # The remedy that CMakeLists.txt explains (REEL_GCC_REMEDY); clang takes it, too.
            if self.settings.arch in ("x86", "x86_64"):
                part.cxxflags = ["-fno-tree-slp-vectorize"]
