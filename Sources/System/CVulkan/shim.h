// The Vulkan types without anything to link: every function is resolved at run time (see
// VulkanDevice/Loader.swift), so that a machine without Vulkan builds and runs the CPU backend.
#pragma once
#define VK_NO_PROTOTYPES 1
#include <vulkan/vulkan.h>
#include "cooperative-matrix.h"
#include "layer-settings.h"
