import CVulkan
import Synchronization

/// The messages of the validation layer, from any thread.
final class MessageLog: Sendable {
  private let entries = Mutex<[(message: String, count: Int)]>([])

  /// Each distinct message in order of first appearance, with its count if more than one.
  var messages: [String] {
    entries.withLock { entries in
      entries.map { $0.count == 1 ? $0.message : "\($0.message) (\($0.count) times)" }
    }
  }

  func add(_ message: String) {
    entries.withLock { entries in
      if let known = entries.firstIndex(where: { $0.message == message }) {
        entries[known].count += 1
      } else {
        entries.append((message, 1))
      }
    }
  }
}

extension MessageLog {
  /// IDs of the layer's messages about itself, such as unsupported checks and their cost, which are no
  /// findings.
  private static let ofTheLayer: Set = [
    "UNASSIGNED-GPU-Assisted Validation Warning", "WARNING-GPU-Assisted-Validation", "VALIDATION-SETTINGS",
    "WARNING-Setting-Limit-Adjusted",
  ]

  /// Describes a messenger that adds warnings and errors to this log, which must outlive it.
  var messengerInfo: VkDebugUtilsMessengerCreateInfoEXT {
    .make {
      $0.messageSeverity = flags(
        VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT, VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT)
      $0.messageType = flags(VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT)
      $0.pUserData = Unmanaged.passUnretained(self).toOpaque()
      $0.pfnUserCallback = { _, _, message, log in
        let name = message?.pointee.pMessageIdName.map { String(cString: $0) } ?? ""
        let isOfTheLayer = MessageLog.ofTheLayer.contains(name)
        if let log, let text = message?.pointee.pMessage, !isOfTheLayer {
          let text = String(cString: text)
          // Older layers put the message ID first; newer ones leave that to the application.
          let message = text.contains(name) ? text : "\(name): \(text)"
          Unmanaged<MessageLog>.fromOpaque(log).takeUnretainedValue().add(message)
        }
        return VkBool32(false)  // do not abort the call that the message is about
      }
    }
  }
}
