using Falter.Linux.Cgroup;
using Falter.Linux.Proc;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Falter.Linux.Ebpf;
using Falter.Records;

namespace Falter.Linux.Tests.Ebpf;

/// <summary>The structures that the kernel programs and C# share, seen by the C compiler and by .NET.</summary>
public class WireTests
{
    [Fact]
    public void C_and_CSharp_agree_on_every_shared_structure()
    {
        Dictionary<string, int> c = Described("wire");
        var cs = new Dictionary<string, int>();
        Describe<MonitorConfig>(cs, "monitor_config");
        Describe<ProcessName>(cs, "process_name");
        Describe<CounterKey>(cs, "counter_key");
        Describe<Counter>(cs, "counter");
        Describe<Adoption>(cs, "adoption");
        Describe<ProcessEndWire>(cs, "process_end");
        Describe<SelectedName>(cs, "selected_name");
        Describe<SelectedGroup>(cs, "selected_group");
        Describe<TriggerConfig>(cs, "trigger_config");
        Describe<TriggerCall>(cs, "trigger_call");
        Describe<LotThresholdsWire>(cs, "lot_thresholds");
        Describe<TriggerComparison>(cs, "trigger_comparison");
        Describe<TriggerSlot>(cs, "trigger_slot");
        Describe<TriggerCounts>(cs, "trigger_counts");
        Describe<PendingCall>(cs, "pending_call");
        Describe<ClosingPlace>(cs, "closing_place");
        cs["trigger_calls"] = TriggerPlan.Calls;
        cs["trigger_slots"] = TriggerPlan.MostSlots;
        cs["trigger_comparisons"] = TriggerSlot.MostComparisons;
        cs["trigger_descriptors"] = TriggerSlot.MostDescriptors;
        cs["trigger_skips"] = TriggerCounts.Skips;
        cs["call_by_user"] = (int)TriggerCall.ByUser;
        cs["call_needs_success"] = (int)TriggerCall.NeedsSuccess;
        Assert.Equal(TriggerCounts.Skips, TriggerPrograms.Reasons.Count);
        cs["looks"] = Enum.GetValues<Looks>().Length;
        cs["hierarchies"] = Enum.GetValues<ControlGroupHierarchy>().Length;
        cs["most_selected"] = ProcessSelection.MostOfAKind;
        cs["entry_skipped"] = CounterKey.EntrySkipped;
        cs["lost_reasons"] = Enum.GetValues<LostReason>().Length;
        Assert.Equal(c.OrderBy(e => e.Key, StringComparer.Ordinal), cs.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void C_and_CSharp_agree_on_what_rules_cross_as()
    {
        var cs = new Dictionary<string, int>();
        Describe<RuleConfig>(cs, "rule_config");
        Describe<CandidateWire>(cs, "candidate");
        Describe<CallRules>(cs, "call_rules");
        Describe<PeerRange>(cs, "peer_range");
        Describe<PortRangeWire>(cs, "port_range");
        Describe<ArgumentTest>(cs, "argument_test");
        Describe<LotThresholdsWire>(cs, "lot_thresholds");
        Describe<ArmedRule>(cs, "armed_rule");
        Describe<RuleCounts>(cs, "rule_counts");
        Describe<InjectedKey>(cs, "injected_key");
        Describe<Injection>(cs, "injection");
        Assert.Equal(RuleCounts.Reasons, Enum.GetValues<SkipReason>().Length);
        cs["skip_reasons"] = RuleCounts.Reasons;
        cs["comparisons"] = Enum.GetValues<Comparison>().Length;
        cs["most_rules"] = RulePrograms.MostRules;
        Assert.Equal(Described("rule_wire").OrderBy(e => e.Key, StringComparer.Ordinal), cs.OrderBy(e => e.Key, StringComparer.Ordinal));
    }

    private static Dictionary<string, int> Described(string program) =>
        VictimProgram.Run(VictimProgram.Compiled(program)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')).ToDictionary(words => words[0], words => int.Parse(words[1], CultureInfo.InvariantCulture));

    private static void Describe<T>(Dictionary<string, int> into, string name) where T : unmanaged
    {
        into[name] = Unsafe.SizeOf<T>();
        foreach (var field in typeof(T).GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public))
        {
            string member = System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name);
            into[$"{name}.{member}"] = (int)Marshal.OffsetOf<T>(field.Name);
        }
    }
}
