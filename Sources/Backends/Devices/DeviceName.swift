/// A user's name of a Vulkan device: its number in `lemnos devices`, its UUID, or a part of its name.
public struct DeviceName: Hashable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral,
  CustomStringConvertible
{
  public let description: String

  /// Of several processes on a host, the one of this process's number.
  package static let local = DeviceName("local")

  public init(_ text: String) { description = text }
  public init(integerLiteral number: Int) { self.init("\(number)") }
  public init(stringLiteral text: String) { self.init(text) }

  /// The number of the named device.
  ///
  /// - Throws: `BackendUnavailable`, which lists the devices, if none matches, or several do.
  public func number(among devices: [ComputeDevice]) throws(BackendUnavailable) -> Int {
    let matches: [ComputeDevice]
    if let number = Int(description) {
      matches = devices.filter { $0.number == number }
    } else {
      let digits = description.filter { $0 != "-" }.lowercased()
      let same = devices.filter { $0.uuid.filter { $0 != "-" } == digits }
      let text = description.lowercased()
      // An exact match wins, even if it is a prefix of another name.
      let called = devices.filter { $0.name.lowercased() == text }
      let alike = devices.filter { !text.isEmpty && $0.name.lowercased().contains(text) }
      matches = [same, called, alike].first { !$0.isEmpty } ?? []
    }
    if matches.count == 1 { return matches[0].number }
    func list(_ devices: [ComputeDevice]) -> String {
      devices.map { "\($0.number) (\($0.name))" }.joined(separator: ", ")
    }
    guard !devices.isEmpty else {
      throw BackendUnavailable(reason: "there is no Vulkan device \(description): no device was found")
    }
    throw BackendUnavailable(
      reason: matches.isEmpty
        ? "there is no Vulkan device \(description): choose \(list(devices))"
        : "\(matches.count) Vulkan devices are called \(description): \(list(matches)); choose one by number or UUID"
    )
  }
}
