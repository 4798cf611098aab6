import Files
import Testing

@Suite("SHA-256")
struct SHA256Tests {
  /// FIPS 180-2, appendix B, and the digest of the empty string.
  @Test(
    "gives the standard's own examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ])
  func examples(text: String, digest: String) {
    #expect(SHA256.digest(of: text.utf8).hexadecimal == digest)
  }

  @Test("pads at every length around a block")
  func padding() {
    let digests = (50...130).map { SHA256.digest(of: repeatElement(0, count: $0)) }
    #expect(Set(digests).count == digests.count)
    // 64 zero bytes, by another implementation: a boundary case of the padding.
    #expect(
      digests[14].hexadecimal == "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b")
  }
}
