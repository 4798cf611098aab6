import CVulkan

/// Throws the error that corresponds to a result other than success.
func check(_ result: VkResult, _ call: String) throws(VulkanError) {
  switch result {
  case VK_SUCCESS: return
  case VK_ERROR_DEVICE_LOST: throw .deviceLost(during: call)
  case VK_ERROR_INCOMPATIBLE_DRIVER: throw .driverMissing
  case VK_TIMEOUT: throw .timedOut(during: call)
  default: throw .failed(call: call, code: result.rawValue)
  }
}

/// Runs a call that creates a handle, and returns the handle.
func create(
  _ call: String, _ body: (inout OpaquePointer?) -> VkResult
) throws(VulkanError) -> OpaquePointer {
  var handle: OpaquePointer?
  try check(body(&handle), call)
  guard let handle else { throw .failed(call: call, code: VK_ERROR_UNKNOWN.rawValue) }
  return handle
}

/// Runs a call of the two-step kind that returns a count, then that many elements.
///
/// `blank` fills the array before the call overwrites it.
func enumerate<Element>(
  _ call: String, blank: Element,
  _ body: (inout UInt32, UnsafeMutablePointer<Element>?) -> VkResult
) throws(VulkanError) -> [Element] {
  while true {
    var count: UInt32 = 0
    try check(body(&count, nil), call)
    var elements = [Element](repeating: blank, count: Int(count))
    let result = elements.withUnsafeMutableBufferPointer { body(&count, $0.baseAddress) }
    if result == VK_INCOMPLETE { continue }  // more appeared between the two calls
    try check(result, call)
    return Array(elements.prefix(Int(count)))
  }
}

/// The constant's name in the Vulkan specification, with its number.
func resultName(_ code: Int32) -> String {
  let name: String? =
    switch VkResult(code) {
    case VK_NOT_READY: "VK_NOT_READY"
    case VK_TIMEOUT: "VK_TIMEOUT"
    case VK_INCOMPLETE: "VK_INCOMPLETE"
    case VK_ERROR_OUT_OF_HOST_MEMORY: "VK_ERROR_OUT_OF_HOST_MEMORY"
    case VK_ERROR_OUT_OF_DEVICE_MEMORY: "VK_ERROR_OUT_OF_DEVICE_MEMORY"
    case VK_ERROR_INITIALIZATION_FAILED: "VK_ERROR_INITIALIZATION_FAILED"
    case VK_ERROR_DEVICE_LOST: "VK_ERROR_DEVICE_LOST"
    case VK_ERROR_MEMORY_MAP_FAILED: "VK_ERROR_MEMORY_MAP_FAILED"
    case VK_ERROR_LAYER_NOT_PRESENT: "VK_ERROR_LAYER_NOT_PRESENT"
    case VK_ERROR_EXTENSION_NOT_PRESENT: "VK_ERROR_EXTENSION_NOT_PRESENT"
    case VK_ERROR_FEATURE_NOT_PRESENT: "VK_ERROR_FEATURE_NOT_PRESENT"
    case VK_ERROR_INCOMPATIBLE_DRIVER: "VK_ERROR_INCOMPATIBLE_DRIVER"
    case VK_ERROR_TOO_MANY_OBJECTS: "VK_ERROR_TOO_MANY_OBJECTS"
    case VK_ERROR_FRAGMENTED_POOL: "VK_ERROR_FRAGMENTED_POOL"
    case VK_ERROR_OUT_OF_POOL_MEMORY: "VK_ERROR_OUT_OF_POOL_MEMORY"
    case VK_ERROR_INVALID_SHADER_NV: "VK_ERROR_INVALID_SHADER_NV"
    case VK_ERROR_UNKNOWN: "VK_ERROR_UNKNOWN"
    default: nil
    }
  return name.map { "\($0) (\(code))" } ?? "VkResult \(code)"
}
