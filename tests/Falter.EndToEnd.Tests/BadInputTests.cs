using System.Diagnostics;

namespace Falter.EndToEnd.Tests;

/// <summary>Bad input gets one clear message and the right exit code, and arms nothing.</summary>
public class BadInputTests
{
    [Theory]
    [InlineData(2, "no-target", "assess --check http://127.0.0.1:1/")]
    [InlineData(2, "no-check", "assess -p 999999999")]
    [InlineData(2, "target-not-found", "assess -p 999999999 --check true")]
    [InlineData(2, "target-refused", "assess -p 1 --check true")]
    [InlineData(2, "target-refused", "assess -p 2 --check true")]
    [InlineData(2, "target-refused", "inject openat:error=EIO -p 1")]
    [InlineData(2, "target-refused", "inject openat:error=EIO -p 2")]
    [InlineData(2, "target-not-found", "inject openat:error=EIO -p 999999999")]
    [InlineData(2, "target-not-found", "monitor -p 999999999")]
    [InlineData(2, "target-refused", "monitor -p 2")]
    [InlineData(2, "target-not-found", "assess --check true -- /no/such/command")]
    [InlineData(2, "target-not-found", "inject openat:error=EIO -- no-such-command-anywhere")]
    [InlineData(2, "target-not-found", "monitor -- /tmp")]
    [InlineData(2, "target-exited", "assess --check false -- true")]
    [InlineData(2, "check-never-healthy", "assess --check false --ready-timeout 300ms -- sleep 30")]
    [InlineData(2, "unknown-syscall", "inject opennat:error=EIO -- true", "openat")]
    [InlineData(2, "unknown-errno", "inject openat:error=ENOEN -- true", "ENOENT")]
    [InlineData(2, "5%", "inject openat:error=EIO:rate=5 -- true")]
    [InlineData(2, "bad-rule", "inject openat:eror=EIO -- true", "did you mean error")]
    [InlineData(2, "unknown-syscall", "inject /nosuch:error=EIO -- true", "matches no system call")]
    [InlineData(2, "bad-rule", "inject openat:error=EIO:rate=5%:when=3 -- true", "when and rate")]
    [InlineData(2, "bad-rule", "inject openat:delay=5 -- true", "has no unit; write 5s")]
    [InlineData(2, "bad-rule", "inject openat:delay=90s -- true", "as long as the whole injection (--duration 1m)")]
    [InlineData(2, "bad-rule", "inject process:pause:after=2m -- true", "when the injection is over")]
    [InlineData(2, "rule-unreachable", "inject openat:error=EIO openat:error=EPERM -- true", "stands before it")]
    [InlineData(2, "bad-option", "inject openat:error=EIO -d 30 -- true", "has no unit; write 30s")]
    [InlineData(2, "bad-option", "inject openat:error=EIO -d 0s -- true", "expected for example --duration 30s")]
    [InlineData(2, "bad-option", "inject openat:error=EIO --mechanism ptrac -- true", "ptrace")]
    [InlineData(2, "rule-not-supported", "inject openat:error=EIO --mechanism cgroup-bpf -- true", "without --mechanism, seccomp-notify does it")]
    [InlineData(2, "bad-option", "inject openat:error=EIO --log  -- true", "--log: the name of a file is missing")]
    [InlineData(2, "folder-not-writable", "inject openat:error=EIO --log /proc/nowhere/log -- true")]
    [InlineData(2, "folder-not-writable", "inject openat:error=EIO --log /dev/full -- true", "No space left")]
    [InlineData(2, "bad-option", "inject --replay  -- true", "--replay: the name of a file is missing")]
    [InlineData(2, "replay-not-readable", "inject --replay /proc -- true", "it is a folder")]
    [InlineData(2, "replay-not-readable", "inject --replay /no/such/file -- true")]
    [InlineData(2, "replay-not-readable", "inject --replay /proc/self/stat -- true", "no intent")]
    [InlineData(2, "bad-option", "inject --replay-plan 0 -- true", "only with --replay")]
    [InlineData(2, "bad-option", "inject --faults  -- true", "--faults: the name of a file is missing")]
    [InlineData(2, "faults-not-readable", "inject --faults /no/such/file -- true")]
    [InlineData(2, "30s", "assess --check true --observe 30 -- sleep 30")]
    [InlineData(2, "folder-not-writable", "assess --check true -o /proc/nowhere -- sleep 30")]
    [InlineData(2, "run-not-readable", "report /tmp")]
    [InlineData(2, "bad-option", "assess --no-such-option -- sleep 30")]
    [InlineData(2, "bad-option", "monitor --listen 9435 -- sleep 30", "--listen: '9435' is no address to listen on; expected for example :9435")]
    [InlineData(2, "bad-option", "monitor --listen :0x24db -- sleep 30", "--listen")]
    [InlineData(2, "bad-option", "monitor --listen 1:9435 -- sleep 30", "--listen")]
    [InlineData(2, "bad-option", "monitor --listen :65536 --otlp localhost:4317 -- sleep 30", "--otlp: 'localhost:4317' is no http or https URL; expected for example http://")]
    [InlineData(2, "bad-option", "monitor --phoebe-names -- sleep 30", "--listen :9435")]
    [InlineData(2, "address-not-usable", "monitor --listen 192.0.2.1:9435 -- sleep 30", "this machine does not have the address")]
    public async Task One_clear_message_and_the_exit_code(int exitCode, string code, string arguments, string hint = "")
    {
        if (Environment.UserName != "root") Assert.Skip("needs root: without it, missing permissions are reported first");
        // Two spaces: an empty argument.
        FalterResult result = await FalterProcess.RunAsync(arguments.Split(' '));
        Assert.True(result.ExitCode == exitCode, result.ToString());
        Assert.Contains(code, result.Talk);
        Assert.Contains(hint, result.Talk);
        Assert.DoesNotContain("   at Falter.", result.Talk);
        Assert.DoesNotContain("Unhandled", result.Talk);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Falter_itself_is_refused_as_target()
    {
        Needs.Root();
        // exec keeps the shell's pid, so that the command line can name its own.
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$0\" inject openat:error=EIO -p $$", FalterProcess.Executable])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        string talk = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("target-refused", talk);
    }

    [Theory]
    [InlineData("assess --check true -- sleep 30")]
    [InlineData("monitor --mechanism ebpf -- sleep 30")]
    public async Task Without_the_kernels_types_it_says_what_is_missing(string arguments)
    {
        Needs.Root();
        // In a mount namespace of its own, the folder of the kernel's types is empty.
        using var process = Process.Start(new ProcessStartInfo("unshare", ["-m", "sh", "-c", $"mount -t tmpfs none /sys/kernel/btf && exec \"$0\" {arguments}", FalterProcess.Executable])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        string talk = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 3, talk);
        Assert.Contains("feature-missing", talk);
        Assert.Contains("CONFIG_DEBUG_INFO_BTF", talk);
    }

    [Theory]
    [InlineData("[1]", "line 1 is no line of faults.jsonl")]
    [InlineData("""{"at_seconds":0,"plan":0,"step":"intent","rule":"opennat:error=EIO","mechanism":"","pids":[],"limit_seconds":60,"undo":"","seed":1}""", "no system call")]
    [InlineData("""{"at_seconds":0,"plan":0,"step":"intent","rule":"openat:error=EIO","mechanism":"","pids":[],"limit_seconds":1e300,"undo":"","seed":1}""", "no duration")]
    [InlineData("""{"at_seconds":0,"plan":0,"step":"intent","rule":"openat:error=EIO","mechanism":"","pids":[],"limit_seconds":60,"undo":""}""", "names no seed")]
    public async Task A_log_that_cannot_be_replayed_is_refused(string line, string told)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, line + "\n5\n");
            FalterResult result = await FalterProcess.RunAsync("inject", "--replay", file, "--", "true");
            Assert.True(result.ExitCode == 2, result.ToString());
            Assert.Contains(told, result.Talk);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("getppid:error=EIO")]
    [InlineData("getppid:error=EIO:phase=after")]
    [InlineData("process:pause:for=1s")]
    [InlineData("network:drop=30%")]
    public async Task Without_root_a_process_of_another_user_is_not_touched(string rule)
    {
        Needs.Root();
        if (!FalterProcess.OthersCanRunIt) Assert.Skip("the build folder cannot be entered by another user");
        using var program = new WaitingProgram("getppid", "50");
        using FalterProcess falter = FalterProcess.StartUnprivileged("inject", rule, "-p", program.Pid.ToString());
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(60));
        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains("not-root", result.Talk);
        Assert.Empty(result.Output);
        Assert.Equal(50, program.Finish()[0]);
    }

    [Fact]
    public async Task A_second_Falter_on_one_target_is_refused()
    {
        Needs.Root();
        using var program = new WaitingProgram("getppid", "50");
        using FalterProcess first = FalterProcess.Start("inject", "mkdir:error=EIO", "-p", program.Pid.ToString());
        await first.SaysAsync("armed");
        FalterResult second = await FalterProcess.RunAsync("inject", "getppid:error=EIO", "-p", program.Pid.ToString());
        Assert.True(second.ExitCode == 3, second.ToString());
        Assert.Matches(@"\[target-(claimed|traced)\]", second.Talk);
        Assert.Equal(50, program.Finish()[0]);
        Assert.Equal(0, (await first.EndAsync(TimeSpan.FromSeconds(60))).ExitCode);
    }

    [Theory]
    [InlineData("assess --check true -- sleep 30")]
    [InlineData("monitor --mechanism ebpf -p 1")]
    public async Task Without_root_it_says_what_it_needs(string arguments)
    {
        Needs.Root();
        if (!FalterProcess.OthersCanRunIt) Assert.Skip("the build folder cannot be entered by another user");
        using FalterProcess falter = FalterProcess.StartUnprivileged(arguments.Split(' '));
        FalterResult result = await falter.EndAsync(TimeSpan.FromSeconds(30));
        Assert.True(result.ExitCode == 3, result.ToString());
        Assert.Contains("not-root", result.Talk);
    }
}
