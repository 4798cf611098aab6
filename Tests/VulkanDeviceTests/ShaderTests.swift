import ShaderCompiler
import Shaders
import Testing

@Suite("Shaders")
struct ShaderTests {
  @Test("a GLSL error carries file and line")
  func errorLine() throws {
    let source = "#version 450\nvoid main() {\n  int i = missing;\n}\n"
    let error = try #require(throws: GLSLError.self) {
      try GLSLCompiler().compile(source, name: "Shaders/Pointwise/broken.comp")
    }
    #expect(error.message.hasPrefix("Shaders/Pointwise/broken.comp:3: error: 'missing'"))
  }

  @Test("includes are relative to the file that asks")
  func includes() throws {
    let source = """
      #version 450
      #extension GL_GOOGLE_include_directive : require
      #include "../include/outer.glsl"
      layout(local_size_x = SIZE) in;
      void main() {}
      """
    let files = [
      "Shaders/include/outer.glsl": "#include \"./deep/inner.glsl\"\n",
      "Shaders/include/deep/inner.glsl": "#define SIZE 64\n",
    ]
    let words = try GLSLCompiler().compile(source, name: "Shaders/Matmul/gemm.comp") { files[$0] }
    #expect(words.first == 0x0723_0203)  // the magic number of SPIR-V
    let error = try #require(throws: GLSLError.self) {
      try GLSLCompiler().compile(source, name: "Shaders/Matmul/gemm.comp")
    }
    #expect(error.message.contains("gemm.comp:3: error: '#include' : cannot find Shaders/include/outer.glsl"))
  }

  @Test("definitions reach the preprocessor")
  func definitions() throws {
    let source = "#version 450\nlayout(local_size_x = SIZE) in;\nvoid main() {}\n"
    let compiler = GLSLCompiler()
    let (small, large) = (
      try compiler.compile(source, name: "sized", definitions: [("SIZE", "8")]),
      try compiler.compile(source, name: "sized", definitions: [("SIZE", "64")])
    )
    #expect(small.contains(8) && large.contains(64) && small != large)
  }

  @Test("base64 gives the words back")
  func base64() {
    // printf '\x03\x02\x23\x07\xff\xfe\xfd\xfc\x00\x10\x20\x30' | base64, and its first 8 and 4 bytes
    let words: [UInt32] = [0x0723_0203, 0xFCFD_FEFF, 0x3020_1000]
    #expect(Shader(name: "three", base64: "AwIjB//+/fwAECAw").spirv() == words)
    #expect(Shader(name: "two", base64: "AwIjB//+/fw=").spirv() == Array(words.prefix(2)))
    #expect(Shader(name: "one", base64: "AwIjBw==").spirv() == Array(words.prefix(1)))
  }

  @Test("the included files are there, for shaders that are written at run time")
  func includedFiles() throws {
    #expect(Shader.includes["elementary.glsl"]?.contains("double exp_64(double x)") == true)
    let source = """
      #version 450
      #extension GL_GOOGLE_include_directive : require
      #include "elementary.glsl"
      layout(local_size_x = 1) in;
      void main() {}
      """
    _ = try GLSLCompiler().compile(source, name: "written") { Shader.includes[$0] }
  }

  @Test("every built-in shader is a SPIR-V module with a name of its own")
  func all() {
    #expect(Set(Shader.all.map(\.name)).count == Shader.all.count)
    for shader in Shader.all { #expect(shader.spirv().first == 0x0723_0203, "\(shader.name)") }
  }
}
