import CKernels
import Glibc

/// The processors that the process may run on, and the cores that they are hyperthreads of.
struct ProcessorTopology {
  /// Logical processors: with hyperthreads, two or more per core.
  let processors: Int

  /// Physical cores.
  let cores: Int

  /// - Parameters:
  ///   - allowed: the numbers of the logical processors.
  ///   - root: the folder in which Linux describes each.
  init(allowed: [Int] = ProcessorTopology.allowed, root: String = "/sys/devices/system/cpu") {
    processors = max(1, allowed.count)
    // Hyperthreads of a core have the same list of siblings; a processor without one is a core of its own.
    let siblings = allowed.map { number in
      ["core_cpus_list", "thread_siblings_list"].lazy
        .compactMap { ProcessorTopology.line("\(root)/cpu\(number)/topology/\($0)") }.first ?? "\(number)"
    }
    cores = max(1, Set(siblings).count)
  }

  /// The logical processors of this process's affinity.
  static var allowed: [Int] {
    let numbers = [Int32](unsafeUninitializedCapacity: ThreadCount.most) { buffer, count in
      count = Int(lemnos_allowed_processors(buffer.baseAddress, Int32(buffer.count)))
    }
    return numbers.map(Int.init)
  }

  /// The first line of a small file; nil if it is empty or cannot be read.
  private static func line(_ path: String) -> String? {
    guard let file = fopen(path, "re") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    guard fgets(&buffer, Int32(buffer.count), file) != nil else { return nil }
    let text = String(
      decoding: buffer.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.isEmpty ? nil : text
  }
}
