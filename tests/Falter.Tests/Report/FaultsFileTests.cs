using Falter.Records;
using Falter.Report;

namespace Falter.Tests.Report;

/// <summary>Faults in a file: the rule language in YAML, with the place of every mistake.</summary>
public class FaultsFileTests
{
    private const string Valid = """
        version: 1
        seed: 7
        duration: 60s
        faults:
          - openat:error=ENOENT:rate=5%:path=/etc/**
          - syscalls: [read, "%network"]
            error: EIO
            rate: 5%
            path: [/data/**, "/a,b"]
            fd: [3, 5-7]
            peer: 10.0.0.0/8:5432
            arg2: [">=4096", "<64KiB"]
            phase: after
            success-only: true
          - syscalls: write
            short: 50%
            success-only: false
          - process: pause
            for: 10s
          - process: {signal: SIGUSR1, process: "nginx*"}
          - network: {drop: 30%, peer: "[::1]:80"}
            direction: out
          - network: partition
          - container:
              disconnect:
          - container: {disconnect: backend, for: 5s}
        """;

    private static FaultsDocument Read(string text) => FaultsFile.Parse(text, "f.yaml");

    [Fact]
    public void Rules_and_maps_say_the_same()
    {
        FaultsDocument document = Read(Valid);
        Assert.Equal((7UL, TimeSpan.FromMinutes(1)), (document.Seed!.Value, document.Duration!.Value));
        Assert.Equal(
        [
            "openat:error=ENOENT:rate=5%:path=/etc/**",
            @"read,%network:error=EIO:rate=5%:path=/data/**,/a\,b:fd=3,5,6,7:peer=10.0.0.0/8:5432:arg2>=4096:arg2<65536:success-only:phase=after",
            "write:short=50%",
            "process:pause:for=10s",
            "process:signal=SIGUSR1:process=nginx*",
            "network:drop=30%:direction=out:peer=[::1]:80",
            "network:partition",
            "container:disconnect",
            "container:disconnect=backend:for=5s",
        ], document.Faults.Select(f => f.ToString()));
    }

    [Fact]
    public void What_is_written_is_short_and_reads_like_a_rule() => Assert.Equal("""
        # Faults; docs/reference/rules.md describes the fields. Of several rules that match a call, the first decides it.
        version: 1
        seed: 7
        faults:
          - syscalls: [open]
            error: ENOENT
            delay_enter: 50ms±10ms
            rate: 5%
            path: ["/data/**"]
            arg2: [">=4096"]
          - process:
              pause: true
              for: 10s

        """,
        FaultsYaml.Of(FaultParser.Parse(["open:error=ENOENT:rate=5%:path=/data/**:arg2>=4096:delay=50ms±10ms", "process:pause:for=10s"]), 7));

    [Theory]
    [InlineData("version: 1\nfaults:\n  - opnat:error=EIO", "f.yaml, line 3, column 5: rule 'opnat:error=EIO': 'opnat' is no system call")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    error: ENOET", "f.yaml, line 4, column 5: error: 'ENOET' is no errno")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    eror: EIO", "line 4, column 5: 'eror=EIO' is not understood; did you mean error")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    error: EIO\n    rate: [5%]", "line 5, column 11: rate: expected one value")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    error: EIO\n    path: []", "line 5, column 11: path: expected a text or a list of texts")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    error: EIO\n    error: EIO", "line 5, column 5: error is given twice")]
    [InlineData("version: 1\nfaults:\n  - error: EIO", "line 3, column 5: expected syscalls, process, network or container")]
    [InlineData("version: 1\nfaults:\n  - process: pause\n    network: partition", "one fault is of one kind")]
    [InlineData("version: 1\nfaults:\n  - process: []", "line 3, column 14: process: expected what is to be done")]
    [InlineData("version: 1\nfaults:\n  - []", "line 3, column 5: expected a rule, or a map")]
    [InlineData("version: 1\nfaults:\n  - syscalls: openat\n    error: EIO\n    path: *.log", "quote a text that begins with *")]
    [InlineData("version: 1\nfaults:\n  - openat:error=EIO\n  - openat:error=EPERM", "f.yaml, line 4, column 5: rule 'openat:error=EPERM' can never act")]
    [InlineData("version: 2\nfaults: []", "version 2")]
    [InlineData("faults: []", "has no version")]
    [InlineData("version: 1", "has no faults")]
    [InlineData("version: 1\nfaults: []\nseed: -1", "seed: '-1'")]
    [InlineData("version: 1\nfaults: []\nduration: 5", "has no unit")]
    [InlineData("version: 1\nfaults: []\nduration: 0s", "armed for no time")]
    [InlineData("version: 1\nfalts: []", "did you mean faults")]
    [InlineData("- openat:error=EIO", "expected version: 1 and faults")]
    [InlineData("", "the file is empty")]
    public void A_mistake_has_its_line_and_column(string text, string message)
    {
        var refusal = Assert.Throws<FalterException>(() => Read(text));
        Assert.Equal(ExitCode.Usage, refusal.ExitCode);
        Assert.Contains(message, refusal.Message);
    }

    [Fact]
    public void All_mistakes_are_told_in_the_order_of_the_file()
    {
        var refusal = Assert.Throws<FalterException>(() => Read("version: 1\nfaults:\n  - opnat:error=EIO\n  - error: EIO\n  - syscalls: read\n    rate: 5\nx: 1"));
        Assert.Equal(["unknown-syscall", "faults-not-readable", "bad-rule", "bad-rule", "faults-not-readable"], refusal.Findings.Select(f => f.Code));
    }

    [Fact]
    public void A_file_that_is_not_there_is_told_by_its_name() => Assert.Contains("no such file", Assert.Throws<FalterException>(() => FaultsFile.Read("/nowhere/f.yaml")).Message);

    [Fact]
    public void Changed_files_are_read_or_refused_and_nothing_else() => Mutations.Each(System.Text.Encoding.UTF8.GetBytes(Valid), 1000, 3, bytes =>
    {
        Exception? thrown = Record.Exception(() => Read(System.Text.Encoding.UTF8.GetString(bytes)));
        Assert.True(thrown is null or FalterException, $"{thrown}\n{System.Text.Encoding.UTF8.GetString(bytes)}");
    });
}
