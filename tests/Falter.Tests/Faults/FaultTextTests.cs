using System.Text.Json;
using Falter.Records;
using Falter.Report;
using FsCheck;
using FsCheck.Fluent;

namespace Falter.Tests.Faults;

/// <summary>What is written is read again to the same meaning, whatever the fields hold.</summary>
public class FaultTextTests
{
    [Fact]
    public void A_fault_that_was_written_is_read_again_to_the_same_meaning() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1500), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        Fault fault = new GeneratedFaults(seed).Next();
        string text = fault.ToString()!;
        Fault read = Assert.Single(FaultParser.Parse([text]));
        Assert.Equal(text, read.ToString());
        Assert.Equal(Meaning(fault), Meaning(read));
    }));

    [Fact]
    public void A_file_that_was_written_is_read_again_to_the_same_meaning() => Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        Fault fault = new GeneratedFaults(seed).Next();
        FaultsDocument read = FaultsFile.Parse(FaultsYaml.Of([fault], (ulong)seed, TimeSpan.FromSeconds(90)), "faults.yaml");
        Assert.Equal(((ulong?)seed, TimeSpan.FromSeconds(90)), (read.Seed, read.Duration!.Value));
        Assert.Equal(Meaning(fault), Meaning(Assert.Single(read.Faults)));
    }));

    [Theory]
    [InlineData(2, "/^open$")]
    [InlineData(4, "/^stat$")]
    [InlineData(500, "syscall_500")]
    public void A_call_whose_name_stands_for_a_family_is_written_as_itself(int number, string text)
    {
        var rule = SyscallFault.Error([new Syscall((short)number)], Errno.ENOENT);
        Assert.Equal($"{text}:error=ENOENT", rule.ToString());
        Assert.Equal(rule.Syscalls, Assert.Single(FaultRuleParser.Parse([rule.ToString()])).Syscalls);
    }

    [Fact]
    public void A_text_that_no_longer_names_the_calls_is_not_written()
    {
        SyscallFault rule = FaultRuleParser.Parse(["%ipc:error=EIO"])[0];
        Assert.Equal("%ipc:error=EIO", rule.ToString());
        Assert.Equal("read:error=EIO", (rule with { Syscalls = [Syscall.Named("read")] }).ToString());
    }

    /// <summary>All that a fault says, without the text that it was written as; numbers in a form that shows every bit.</summary>
    private static string Meaning(Fault fault) => fault switch
    {
        SyscallFault f => string.Join('|', string.Join(',', f.Syscalls), Effect(f.Effect), $"{f.Condition.Rate:R} {f.Condition.Burst:R} {f.Condition.When} {f.Condition.Count}", Where(f.Where), f.Phase, Times(f)),
        ProcessFault f => string.Join('|', f.Action, f.Signal, $"{f.Cpus:R} {f.MemoryBytes}", Texts(f.Processes), Times(f)),
        NetworkFault f => string.Join('|', f.Action, $"{f.Share:R} {f.BitsPerSecond} {f.Delay?.Mean.Ticks} {f.Delay?.Spread.Ticks}", f.Direction, Texts(f.Peers), Texts(f.Ports), f.Protocol, Times(f)),
        ContainerFault f => string.Join('|', f.Action, f.Network, Times(f)),
        _ => throw new ArgumentException(fault.GetType().Name),
    };

    private static string Effect(SyscallEffect e) => $"{e.Error} {e.ReturnValue} {e.Short:R} {e.Signal} {e.DelayEnter?.Mean.Ticks} {e.DelayEnter?.Spread.Ticks} {e.DelayExit?.Mean.Ticks} {e.DelayExit?.Spread.Ticks}";

    private static string Where(CallPredicates w) => string.Join('|', Texts(w.Paths), Texts(w.Descriptors), Texts(w.Peers), Texts(w.Ports),
        Texts(w.Arguments.OrderBy(a => a.Index).Select(a => $"{a.Index} {a.Comparison} {a.Value}")), Texts(w.Threads), Texts(w.Processes), Texts(w.Roles), w.SuccessOnly);

    private static string Texts<T>(IEnumerable<T> values) => JsonSerializer.Serialize(values.Select(v => $"{v}"));

    private static string Times(Fault fault) => $"{fault.After.Ticks} {fault.For?.Ticks}";
}
