import Glibc

/// The host and process of a rank.
struct RankIdentity: Equatable, Sendable {
  let host: String
  let process: Int32
  /// In ticks since the host was started: a process number alone may belong to another process by now, or in another container.
  let startTime: String

  /// This process.
  init(host: String) {
    (self.host, process) = (host, getpid())
    startTime = Self.startTime(of: process) ?? ""
  }

  init?(_ bytes: [UInt8]) {
    let words = String(decoding: bytes, as: UTF8.self).split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, let process = Int32(words[1]) else { return nil }
    (host, self.process, startTime) = (String(words[0]), process, String(words[2]))
  }

  var bytes: [UInt8] { Array("\(host) \(process) \(startTime)".utf8) }

  /// Ends a process of this host that cannot end by itself, such as a stopped one: its launcher might wait for it forever.
  func kill() {
    guard process > 1, !startTime.isEmpty, Self.startTime(of: process) == startTime else { return }
    Glibc.kill(process, SIGKILL)
  }

  private static func startTime(of process: Int32) -> String? {
    let file = open("/proc/\(process)/stat", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var block = [UInt8](repeating: 0, count: 1024)
    let count = read(file, &block, block.count)
    guard count > 0, let parenthesis = block[..<count].lastIndex(of: UInt8(ascii: ")")) else { return nil }
    // After the name in parentheses come fields 3 and on; 22 is the start.
    let fields = String(decoding: block[(parenthesis + 1)..<count], as: UTF8.self).split(separator: " ")
    return fields.count > 19 ? String(fields[19]) : nil
  }
}
