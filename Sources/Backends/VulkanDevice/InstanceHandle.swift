import CVulkan
import Synchronization

/// Owns a `VkInstance`, its functions and its messenger.
final class InstanceHandle {
  let handle: VkInstance
  let functions: InstanceFunctions
  /// Nil unless `VK_EXT_debug_utils` is enabled.
  let debug: DebugFunctions?
  let log = MessageLog()
  private var messenger: VkDebugUtilsMessengerEXT?

  init(_ loader: Loader, validation: Validation) throws(VulkanError) {
    let available = try Self.extensions(loader)
    let hasDebug = available.contains(VK_EXT_DEBUG_UTILS_EXTENSION_NAME)
    if validation != .off, try Self.validationVersion(loader) == nil {
      throw .validationLayerMissing
    }

    handle = try Self.createInstance(loader, validation, hasDebug: hasDebug, log)
    functions = try InstanceFunctions(handle, loader)
    debug = hasDebug ? try DebugFunctions(handle, loader) : nil

    if validation != .off, let debug {
      var info = log.messengerInfo
      messenger = try create("vkCreateDebugUtilsMessengerEXT") {
        debug.createMessenger(handle, &info, nil, &$0)
      }
    }
  }

  deinit {
    if let messenger { debug?.destroyMessenger(handle, messenger, nil) }
    loaderLists.withLock { _ in functions.destroyInstance(handle, nil) }
  }
}

extension InstanceHandle {
  private static func createInstance(
    _ loader: Loader, _ validation: Validation, hasDebug: Bool, _ log: MessageLog
  ) throws(VulkanError) -> VkInstance {
    let scratch = Scratch()
    defer { scratch.free() }
    let version = try apiVersion(loader)
    let application = VkApplicationInfo.make {
      $0.pEngineName = scratch.string("Lemnos")  // drivers may recognize an engine by its name
      $0.apiVersion = version.encoded
    }
    var extensions = hasDebug ? [VK_EXT_DEBUG_UTILS_EXTENSION_NAME] : []
    var info = VkInstanceCreateInfo.make()
    if validation != .off {
      let request = validation.request(
        scratch, layerExtensions: try Self.extensions(loader, of: Validation.layer),
        // The messenger does not cover instance creation and destruction; the pNext chain does.
        before: hasDebug ? scratch.next(log.messengerInfo) : nil)
      extensions.append(request.extension)
      info.enabledLayerCount = 1
      info.ppEnabledLayerNames = scratch.strings([Validation.layer])
      info.pNext = request.next
    }
    info.enabledExtensionCount = UInt32(extensions.count)
    info.ppEnabledExtensionNames = scratch.strings(extensions)
    info.pApplicationInfo = UnsafePointer(scratch.pointer(to: application))
    let createInstance: PFN_vkCreateInstance = try loader.function("vkCreateInstance")
    return try create("vkCreateInstance") { handle in
      loaderLists.withLock { _ in createInstance(&info, nil, &handle) }
    }
  }

  /// The highest version supported by the loader.
  static func loaderVersion(_ loader: Loader) throws(VulkanError) -> Version {
    let enumerateVersion: PFN_vkEnumerateInstanceVersion = try loader.function("vkEnumerateInstanceVersion")
    var encoded: UInt32 = 0
    try check(enumerateVersion(&encoded), "vkEnumerateInstanceVersion")
    return Version(encoded: encoded)
  }

  /// Vulkan 1.3 if the loader supports it, else 1.2.
  private static func apiVersion(_ loader: Loader) throws(VulkanError) -> Version {
    let version = try loaderVersion(loader)
    guard version >= .v1_2 else { throw .featureMissing(device: "the Vulkan loader", feature: "Vulkan 1.2") }
    return min(version, .v1_3)
  }

  /// The extensions of the drivers and loader, or of a layer.
  private static func extensions(_ loader: Loader, of layer: String? = nil) throws(VulkanError) -> [String] {
    let call = "vkEnumerateInstanceExtensionProperties"
    let function: PFN_vkEnumerateInstanceExtensionProperties = try loader.function(call)
    return try enumerate(call, blank: VkExtensionProperties()) { function(layer, &$0, $1) }
      .map { text($0.extensionName) }
  }

  /// The Vulkan version of the validation layer; nil if there is none.
  static func validationVersion(_ loader: Loader) throws(VulkanError) -> Version? {
    let call = "vkEnumerateInstanceLayerProperties"
    let function: PFN_vkEnumerateInstanceLayerProperties = try loader.function(call)
    return try enumerate(call, blank: VkLayerProperties()) { function(&$0, $1) }
      .first { text($0.layerName) == Validation.layer }.map { Version(encoded: $0.specVersion) }
  }
}
