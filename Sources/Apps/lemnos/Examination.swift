import Files
import Lemnos
import MessagePassing
import Wording

/// The checks of `lemnos doctor`, run one after another.
struct Examination {
  enum Level: String, Encodable {
    /// As it should be.
    case ok
    /// Worth knowing; nothing is broken.
    case note
    /// Broken.
    case problem
  }

  struct Finding: Encodable {
    let level: Level
    let subject: String
    let text: String
  }

  /// Called with each finding.
  private let report: (Finding) -> Void
  private(set) var problems = 0

  init(_ report: @escaping (Finding) -> Void) { self.report = report }

  private mutating func add(_ level: Level, _ subject: String, _ text: String) {
    if level == .problem { problems += 1 }
    report(Finding(level: level, subject: subject, text: text))
  }

  mutating func processor() {
    let processor = Processor.current
    let features =
      processor.features.isEmpty ? "no vector instructions known" : processor.features.joined(separator: " ")
    add(.ok, "cpu", "\(processor.threads), \(processor.name), \(features)")
  }

  /// - Parameters:
  ///   - ranks: nil for a process that no mpirun has started.
  ///   - links: what was measured between ranks.
  mutating func messages(_ ranks: Communicator?, _ links: [LinkMeasurement]) {
    guard let ranks else {
      guard let launcher = RankLauncher() else {
        return add(.note, "mpi", "there is no mpirun: Tools/setup --mpi installs one, for several processes")
      }
      return add(
        .ok, "mpi",
        "\(launcher.path) of \(launcher.implementation.rawValue); try it by: \(Terminal.program) launch -n 2 doctor --mpi"
      )
    }
    let hosts = Set(ranks.hosts).count
    add(.ok, "mpi", "\(ranks.version ?? ""), \(ranks.size) ranks on \(hosts) host\(hosts == 1 ? "" : "s")")
    for link in links {
      add(
        .ok, "mpi",
        "rank \(link.ranks.0) to rank \(link.ranks.1) on \(link.hosts.1), by \(link.transport): \(NumberText.decimal(link.latency, 1)) µs, "
          + "\(Int(link.bandwidth).grouped) MB/s")
    }
  }

  /// - Parameter name: the only device to test, also a software device; nil for all hardware GPUs.
  mutating func vulkan(device name: DeviceName?) {
    let devices: [ComputeDevice]
    do {
      add(.ok, "vulkan", "the loader knows Vulkan \(try ComputeDevice.loaderVersion())")
      devices = try ComputeDevice.all()
    } catch {
      // The CPU backend covers everything; this is a problem only if a device was asked for.
      add(name == nil ? .note : .problem, "vulkan", "not available: \(error)")
      return cards([])
    }
    var number: Int?
    do {
      number = try name?.number(among: devices)
    } catch {
      add(.problem, "vulkan", "\(error)")
    }
    cards(Set(devices.filter(\.isRealGPU).map(\.vendor)))
    if devices.isEmpty { add(.note, "vulkan", "no device was found; networks are trained on the CPU") }
    for device in devices { examine(device, isAskedFor: device.number == number, isAlone: name != nil) }
  }

  /// GPUs that the operating system lists and Vulkan should find.
  private mutating func cards(_ vendors: Set<Int>) {
    for card in GraphicsCard.all() {
      if let advice = card.advice(whenVulkanFinds: vendors) { add(.problem, "card", advice) }
    }
  }

  private mutating func examine(_ device: ComputeDevice, isAskedFor: Bool, isAlone: Bool) {
    let subject = "vulkan \(device.number)"
    var text =
      "\(device.name), \(device.kind), \(Int(device.memory).inGigabytes), driver \(device.driver), Vulkan \(device.apiVersion)"
    text += "; \(device.limits.joined(separator: ", "))"
    if !device.offers.isEmpty { text += "; has \(device.offers.joined(separator: ", "))" }
    if !device.lacks.isEmpty { text += "; lacks \(device.lacks.joined(separator: ", "))" }
    add(.ok, subject, text)
    if let missing = device.missingFeature {
      add(isAskedFor || device.isRealGPU ? .problem : .note, subject, "cannot be used: it lacks \(missing)")
    } else if isAskedFor || (device.isRealGPU && !isAlone) {
      test(device, subject)
    } else {
      let reason = isAlone ? "not asked for" : "not a graphics card"
      add(.note, subject, "not tested, because it is \(reason): lemnos doctor --device \(device.number)")
      for kernel in device.quarantined {
        add(.problem, subject, "an earlier test found \(kernel) wrong")
      }
    }
  }

  private mutating func test(_ device: ComputeDevice, _ subject: String) {
    let test: SelfTest
    do {
      test = try device.selfTest()
    } catch {
      return add(.problem, subject, "cannot be tested: \(error)")
    }
    if let first = test.findings.first, 4 * test.findings.count > 3 * test.kernels.count {
      // One summary line instead of one per kernel. Some kernels pass even if nothing is computed.
      return add(
        .problem, subject,
        "the driver gets \(test.findings.count) of \(test.kernels.count) kernels wrong (\(first.test): \(first.reason)); "
          + (test.isRecorded
            ? "this device is not used" : "the cache cannot be written, so that this is not noted")
          + ". Install another driver, and run this again")
    }
    for finding in test.findings {
      let consequence =
        !test.isRecorded
        ? "it is still used, because the cache cannot be written"
        : !finding.isIndispensable
          ? "another kernel is used in its place"
          : finding.kernel.hasSuffix("Float64")
            ? "float64 is not used on this device" : "this device is not used"
      add(
        .problem, subject,
        "the driver gets \(finding.kernel) wrong (\(finding.test): \(finding.reason)); \(consequence)")
    }
    let wrong = test.findings.count
    if wrong == 0 { add(.ok, subject, "all \(test.kernels.count) kernels agree with the CPU's float64") }
  }

  mutating func cache() {
    guard let cache = DiskCache.standard else {
      return add(
        .note, "cache", "off: kernels are compiled anew each time, and what doctor finds is not kept")
    }
    if let obstacle = cache.obstacle {
      return add(.problem, "cache", "\(obstacle). Set LEMNOS_CACHE to another folder, or to off")
    }
    add(
      .ok, "cache",
      "\(cache.folder), \(cache.byteCount.inMegabytes()) of at most \(cache.limit.inMegabytes(decimals: 0))")
  }

  mutating func data() {
    for name in [Dataset.bundledName] + DatasetSource.all.map(\.name) {
      do {
        let set = try Dataset.load(name)
        add(
          .ok, "data",
          "\(name): \(set.training.count.grouped) training and \(set.test.count.grouped) test images")
      } catch {
        let isMissing = error.category == .missing && error.path == name
        add(
          isMissing ? .note : .problem, "data",
          isMissing ? "\(name) is not here; fetch it with: lemnos data fetch \(name)" : "\(error)")
      }
    }
  }
}
