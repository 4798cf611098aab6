import Runtime
import Synchronization

/// The source line that asked for an operation.
enum CallSite: Hashable, Sendable {
  /// As the caller gave it; empty if there is none.
  case line(String)
  /// Of an operator, which takes no further arguments and so cannot be given its line.
  case traced(CallTrace)

  var description: String {
    switch self {
    case .line(let line): line
    case .traced(let trace): trace.line
    }
  }
}

/// The calls that led to an error; their source lines are looked up when they are asked for.
final class CallTrace: Sendable {
  private let trace: Backtrace?
  private let found = Mutex<String?>(nil)

  /// Captured once, which is most of the time that a trace takes.
  private static let images = ImageMap.capture()

  /// Of the present calls: some twenty microseconds.
  ///
  /// The innermost ones, among which the caller is; those at the other end may be C without frame pointers.
  init() { trace = try? Backtrace.capture(algorithm: .fast, limit: 64, top: 0, images: Self.images) }

  /// The first line outside Lemnos, such as `MyModel/Net.swift:12`, by the program's debug information; empty
  /// without any.
  var line: String {
    found.withLock { found in
      let line = found ?? look()
      found = line
      return line
    }
  }

  private func look() -> String {
    guard let symbols = trace?.symbolicated(with: Self.images) else { return "" }
    for frame in symbols.frames {
      // Thunks made by the compiler have no line.
      guard let place = frame.symbol?.sourceLocation, place.line > 0, place.path.hasSuffix(".swift"),
        !Self.isOwn(place.path)
      else { continue }
      return "\(place.path.split(separator: "/").suffix(2).joined(separator: "/")):\(place.line)"
    }
    return ""
  }

  /// True for a file of Lemnos.
  ///
  /// Those of inlined functions may be relative to the folder of the compilation.
  private static func isOwn(_ path: String) -> Bool {
    path.hasPrefix("/")
      ? path.hasPrefix(sources)
      : ["Core", "Learning", "Training"].contains { path.contains("Sources/\($0)/") }
  }

  /// The folder of Lemnos's sources, as they were compiled.
  private static let sources: String = {
    let path = #filePath
    return path.firstRange(of: "/Core/Tensors/").map { String(path[..<$0.lowerBound]) } ?? "/"
  }()
}

extension CallTrace: Hashable {
  static func == (a: CallTrace, b: CallTrace) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
