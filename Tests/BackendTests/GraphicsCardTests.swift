import Devices
import TestSupport
import Testing

@Suite("Graphics cards on the bus")
struct GraphicsCardTests {
  /// Adds a GPU as it appears in `/sys`.
  private func add(
    _ address: String, kind: String = "0x030000", vendor: String, driver: String?, node: String? = nil,
    to folder: TemporaryFolder
  ) throws {
    let place = "sys/bus/pci/devices/\(address)"
    try folder.write(Array("\(kind)\n".utf8), as: "\(place)/class")
    try folder.write(Array("\(vendor)\n".utf8), as: "\(place)/vendor")
    if let driver {
      try folder.makeFolder(folder.path(of: "sys/bus/pci/drivers/\(driver)"))
      try folder.link("\(place)/driver", to: "../../drivers/\(driver)")
    }
    if let node {
      try folder.makeFolder(folder.path(of: "\(place)/drm/\(node)"))
      try folder.makeFolder(folder.path(of: "dev/dri"))
    }
  }

  @Test("are those of the vendors whose drivers speak Vulkan")
  func all() throws {
    let folder = try TemporaryFolder()
    try add("0000:00:02.0", vendor: "0x8086", driver: "i915", node: "renderD128", to: folder)
    try add("0000:01:00.0", kind: "0x030200", vendor: "0x10de", driver: nil, to: folder)
    // A server's onboard display adapter, and a disk controller by AMD.
    try add("0000:02:00.0", vendor: "0x1a03", driver: "ast", to: folder)
    try add("0000:03:00.0", kind: "0x010601", vendor: "0x1002", driver: "ahci", to: folder)
    try folder.write([], as: "dev/dri/renderD128")
    let cards = GraphicsCard.all(root: folder.path)
    #expect(cards.map(\.address) == ["0000:00:02.0", "0000:01:00.0"])
    #expect(cards.map(\.driver) == ["i915", nil])
    #expect(cards[0].isAccessible && cards[1].node == nil)
    #expect(GraphicsCard.all(root: folder.path(of: "nowhere")).isEmpty)
  }

  @Test(
    "that Vulkan does not find come with the command that mends it",
    arguments: [
      ("0x10de", nil, nil, "install nvidia-driver"), ("0x1002", nil, nil, "firmware-amd-graphics"),
      ("0x10de", "nouveau", "renderD128", "nouveau"),
      ("0x10de", "nvidia", "renderD128", "usermod -aG render"),
      ("0x8086", "i915", "renderD129", "usermod -aG render,video $USER"),
    ] as [(String, String?, String?, String)])
  func advice(vendor: String, driver: String?, node: String?, words: String) throws {
    let folder = try TemporaryFolder()
    try add("0000:01:00.0", vendor: vendor, driver: driver, node: node, to: folder)
    let card = try #require(GraphicsCard.all(root: folder.path).first)
    #expect(!card.isAccessible, "there is no such node to open")
    #expect(try #require(card.advice(whenVulkanFinds: [])).contains(words))
    #expect(card.advice(whenVulkanFinds: [card.vendor]) == nil)
  }

  @Test(
    "with a driver of the kernel and a node that opens lack Vulkan's driver", arguments: ["0x1002", "0x10de"])
  func driver(vendor: String) throws {
    let folder = try TemporaryFolder()
    try add("0000:01:00.0", vendor: vendor, driver: "some", node: "renderD128", to: folder)
    try folder.write([], as: "dev/dri/renderD128")
    let advice = try #require(GraphicsCard.all(root: folder.path).first?.advice(whenVulkanFinds: []))
    #expect(advice.contains("has no Vulkan driver: sudo apt-get install"))
  }

  @Test("that are kept for virtual machines are left alone")
  func kept() throws {
    let folder = try TemporaryFolder()
    try add("0000:01:00.0", vendor: "0x10de", driver: "vfio-pci", to: folder)
    #expect(try #require(GraphicsCard.all(root: folder.path).first).advice(whenVulkanFinds: []) == nil)
  }
}
