import CShaderc

/// Resolves included files for shaderc.
final class Includer {
  private let read: (String) -> String?

  init(_ read: @escaping (String) -> String?) { self.read = read }

  /// The options refer to this object afterwards: it must live until the compilation has ended.
  func install(in options: shaderc_compile_options_t?) {
    shaderc_compile_options_set_include_callbacks(
      options,
      { includer, requested, _, requesting, _ in
        guard let includer, let requested, let requesting else { return nil }
        return Unmanaged<Includer>.fromOpaque(includer).takeUnretainedValue()
          .answer(String(cString: requested), from: String(cString: requesting))
      },
      { _, answer in Includer.release(answer) },
      Unmanaged.passUnretained(self).toOpaque())
  }

  private func answer(
    _ requested: String, from requesting: String
  ) -> UnsafeMutablePointer<shaderc_include_result> {
    let path = includePath(requested, from: requesting)
    let text = read(path)
    // An empty name tells shaderc that the content is an error message.
    let (name, content) = text.map { (path, $0) } ?? ("", "cannot find \(path)")
    let answer = UnsafeMutablePointer<shaderc_include_result>.allocate(capacity: 1)
    answer.initialize(
      to: shaderc_include_result(
        source_name: Self.copy(name), source_name_length: name.utf8.count,
        content: Self.copy(content), content_length: content.utf8.count, user_data: nil))
    return answer
  }

  private static func copy(_ text: String) -> UnsafePointer<CChar> {
    let characters = text.utf8CString
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
    for (index, character) in characters.enumerated() { copy[index] = character }
    return UnsafePointer(copy)
  }

  private static func release(_ answer: UnsafeMutablePointer<shaderc_include_result>?) {
    guard let answer else { return }
    answer.pointee.source_name.deallocate()
    answer.pointee.content.deallocate()
    answer.deallocate()
  }
}

/// Joins the path in an include directive to the directory of the file that holds it, without `.` and `..`.
func includePath(_ requested: String, from requesting: String) -> String {
  if requested.hasPrefix("/") { return requested }
  var parts = requesting.split(separator: "/").dropLast()
  for part in requested.split(separator: "/") where part != "." {
    if part == "..", let last = parts.last, last != ".." {
      parts.removeLast()
    } else {
      parts.append(part)
    }
  }
  return (requesting.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
}
