using Falter.Inject;
using Falter.Linux.Ebpf;
using Falter.Linux.Features;
using Falter.Records;

namespace Falter.Linux.Tests.Inject;

/// <summary>What can be told on any kernel. What the mechanism does where it is permitted is tried by eng/try-override on kernels of its own.</summary>
public sealed class BpfOverrideInjectorTests
{
    private static bool IsPermitted => OverrideHooks.Ways.Any(w => w.Probe().State == FeatureState.Found);

    [Fact]
    public void A_kernel_that_permits_none_of_the_ways_is_told_way_by_way()
    {
        if (FeatureCatalogue.TpBtf.WhyNot() is { } why) Assert.Skip(why);
        if (IsPermitted) Assert.Skip("this kernel permits it");
        using VictimProgram program = VictimProgram.Start("sockets", "bind", 1, 9);
        var refused = Assert.Throws<FalterException>(() => BpfOverrideInjector.Attach([program.Pid]));
        Assert.Equal("feature-missing", Assert.Single(refused.Findings).Code);
        Assert.Equal(ExitCode.Cannot, refused.ExitCode);
        Assert.All(OverrideHooks.Ways, w => Assert.Contains(w.Name, refused.Message));
        Assert.Contains("ptrace", refused.Message);
        Assert.Contains("ptrace", BpfOverrideInjector.RefusalOf(SyscallFault.Error([Syscall.Named("read")], new Errno(5))));
    }

    [Fact]
    public void A_call_is_failed_or_refused_and_never_reported_as_failed_in_vain()
    {
        if (FeatureCatalogue.TpBtf.WhyNot() is { } why) Assert.Skip(why);
        if (!IsPermitted) Assert.Skip(OverrideHooks.Missing);
        string[] lines = Victims.Run(TrialProgram.File, "override-table", Victims.Path("overridden")).Split('\n');
        Assert.Contains("END | 0 not as they should be", lines);
    }

    /// <summary>Downloads and boots kernels, minutes each: not in every run.</summary>
    [Fact]
    public void Debians_kernels_fail_every_call_of_the_table()
    {
        if (Environment.GetEnvironmentVariable("FALTER_QEMU") != "1") Assert.Skip("boots kernels in QEMU for minutes; set FALTER_QEMU=1, or run eng/try-override");
        string output = Victims.Run(Path.Combine(Victims.Repository, "eng", "try-override"), TimeSpan.FromMinutes(20));
        if (output.StartsWith("skipped: ", StringComparison.Ordinal)) Assert.Skip(output.Trim());
        Assert.Contains("END | 0 not as they should be", output);
    }

    [Fact]
    public void What_the_registers_do_not_hold_is_refused()
    {
        SyscallFault rule = SyscallFault.Error([Syscall.Named("connect")], new Errno(5));
        Assert.Contains("phase=before", BpfOverrideInjector.RefusalOf(rule with { Phase = FaultPhase.After }));
        Assert.Contains("peer=", BpfOverrideInjector.RefusalOf(rule with { Where = new CallPredicates { Ports = [new PortRange(1, 1)] } }));
        Assert.Contains("an error", BpfOverrideInjector.RefusalOf(rule with { Effect = new SyscallEffect { ReturnValue = 0 } }));
        Assert.Contains("members", BpfOverrideInjector.RefusalOf(rule with { Where = new CallPredicates { Descriptors = [.. Enumerable.Range(0, 9)] } }));
    }

    [Theory]
    [InlineData("stat", "__x64_sys_newstat")]
    [InlineData("lstat", "__x64_sys_newlstat")]
    [InlineData("sendfile", "__x64_sys_sendfile64")]
    [InlineData("umount2", "__x64_sys_umount")]
    [InlineData("openat", "__x64_sys_openat")]
    public void The_kernel_names_the_function_of_a_call(string call, string function)
    {
        Assert.Equal(function, KernelFunctions.EntryOf(Syscall.Named(call)));
        if (FeatureCatalogue.Btf.WhyNot() is { } why) Assert.Skip(why);
        Assert.True(KernelFunctions.Exists(function));
    }

    /// <summary>Calls whose functions are left out by common kernel options; all others must be there, or the table of names is wrong.</summary>
    [Fact]
    public void Nearly_every_call_has_its_function()
    {
        if (FeatureCatalogue.Btf.WhyNot() is { } why) Assert.Skip(why);
        string[] missing = [.. Syscall.All.Where(c => c.Number < 335 && !KernelFunctions.Exists(KernelFunctions.EntryOf(c))).Select(c => c.Name)];
        Assert.True(missing.Length < 60, string.Join(" ", missing));
        Assert.All(new[] { "read", "stat", "uname", "sendfile", "mmap", "pselect6", "fadvise64", "newfstatat" }, c => Assert.DoesNotContain(c, missing));
    }

    [Fact]
    public void Every_security_hook_of_the_table_is_one_of_the_kernels()
    {
        if (FeatureCatalogue.Btf.WhyNot() is { } why) Assert.Skip(why);
        Assert.All(SecurityHooks.Calls, c => Assert.Contains(SecurityHooks.Of(c), h => KernelFunctions.Exists("security_" + h)));
    }
}
