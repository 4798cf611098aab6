#pragma once
#include <shaderc/shaderc.h>

// glslang's version, which shaderc does not report; the header is part of the library.
#if __has_include(<glslang/build_info.h>)
#include <glslang/build_info.h>
#else
#define GLSLANG_VERSION_MAJOR 0
#define GLSLANG_VERSION_MINOR 0
#define GLSLANG_VERSION_PATCH 0
#endif

// The name, version and commit of SPIRV-Tools, which shaderc is linked with.
const char *spvSoftwareVersionDetailsString(void);
