#pragma once
#include <shaderc/shaderc.h>

// The version of glslang, which shaderc does not tell; its header comes with the library.
#if __has_include(<glslang/build_info.h>)
#include <glslang/build_info.h>
#else
#define GLSLANG_VERSION_MAJOR 0
#define GLSLANG_VERSION_MINOR 0
#define GLSLANG_VERSION_PATCH 0
#endif

// Of SPIRV-Tools, which shaderc is linked with: its name, version and commit.
const char *spvSoftwareVersionDetailsString(void);
