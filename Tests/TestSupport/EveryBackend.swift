import CPUBackend
package import Execution
import Programs

/// Every backend available on this machine, with a name for failure messages.
package func everyBackend() throws -> [(name: String, backend: any Backend)] {
  var backends: [(name: String, backend: any Backend)] = [
    ("reference", CPUBackend(.reference)), ("accelerated", CPUBackend(.accelerated)),
  ]
  #if VULKAN
  if VulkanUnderTest.missing == nil { backends.append(("Vulkan", try VulkanUnderTest.backend())) }
  #endif
  return backends
}
