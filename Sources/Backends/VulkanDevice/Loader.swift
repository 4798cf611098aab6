import CVulkan

#if canImport(Glibc)
import Glibc
#else
#endif

/// The Vulkan loader, opened at run time: a machine without it gets an error to show, not a program that cannot start.
///
/// The library is never closed, because drivers keep threads and thread-local destructors of their own.
struct Loader {
  static let defaultPath = "libvulkan.so.1"

  private let getInstanceProcAddr: PFN_vkGetInstanceProcAddr

  /// - Throws: `loaderMissing` with the dynamic linker's reason.
  init(path: String) throws(VulkanError) {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw .loaderMissing(dlerror().map { String(cString: $0) } ?? path)
    }
    guard let symbol = dlsym(library, "vkGetInstanceProcAddr") else {
      throw .loaderMissing("\(path) has no vkGetInstanceProcAddr")
    }
    getInstanceProcAddr = unsafeBitCast(symbol, to: PFN_vkGetInstanceProcAddr.self)
  }

  /// Resolves a function by its Vulkan name, or throws `functionMissing`.
  ///
  /// `Function` must be the matching `PFN_` type. `instance` is nil for the few functions which work without one.
  func function<Function>(_ name: String, of instance: VkInstance? = nil) throws(VulkanError) -> Function {
    guard let address = getInstanceProcAddr(instance, name) else { throw .functionMissing(name) }
    return unsafeBitCast(address, to: Function.self)
  }
}
