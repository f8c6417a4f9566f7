using System.Globalization;
using Falter.Records;

namespace Falter.Linux.Tests.Ebpf;

/// <summary>The lots of the kernel programs (bpf/decision.h, seen by the C compiler) and those of <see cref="Decision"/>.</summary>
public sealed class DecisionTests
{
    public static TheoryData<double, double?> Conditions => new()
    {
        { 1, null }, { 0.5, null }, { 0.05, null }, { 0.001, null }, { 1e-16, null }, { 1e-320, null }, { 1 - 1e-16, null }, { 1.0 / 3, null },
        { 0.05, 1.0 }, { 0.05, 10.0 }, { 0.5, 3.0 }, { 0.9, 9.0 }, { 1, 4.0 }, { 0.3, 1.7 },
    };

    [Fact]
    public void C_draws_the_same_lots_bit_for_bit()
    {
        string[] lines = VictimProgram.Run(VictimProgram.Compiled("decision"), "20261121", "20000").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20_000, lines.Length);
        foreach (string line in lines)
        {
            ulong[] n = [.. line.Split(' ').Select(w => ulong.Parse(w, CultureInfo.InvariantCulture))];
            Assert.Equal(n[5], Decision.Bits(n[0], (int)n[1], (int)n[2], (long)n[3], (LotPurpose)n[4]));
        }
    }

    [Theory]
    [MemberData(nameof(Conditions))]
    public void A_threshold_of_whole_numbers_decides_as_the_fraction_does(double rate, double? burst)
    {
        var condition = new CallCondition { Rate = rate, Burst = burst };
        LotThresholds thresholds = LotThresholds.Of(condition);
        foreach (ulong bits in Bits(thresholds))
        {
            double lot = bits * (1.0 / (1UL << 53));
            bool Falls(bool? acted) => burst is { } length ? Decision.NextInBurst(acted, lot, rate, length) : rate >= 1 || lot < rate;
            Assert.Equal(Falls(null), bits < thresholds.First);
            Assert.Equal(Falls(true), bits < thresholds.AfterActed);
            Assert.Equal(Falls(false), bits < thresholds.AfterLetGo);
        }
    }

    [Fact]
    public void C_compares_with_the_threshold_of_the_chains_state()
    {
        LotThresholds thresholds = LotThresholds.Of(new CallCondition { Rate = 0.1, Burst = 4 });
        foreach (ulong bits in Bits(thresholds))
        {
            string[] arguments = [.. ((ulong[])[thresholds.First, thresholds.AfterActed, thresholds.AfterLetGo, bits]).Select(n => n.ToString(CultureInfo.InvariantCulture))];
            string expected = string.Join(' ', ((ulong[])[thresholds.First, thresholds.AfterActed, thresholds.AfterLetGo]).Select(t => bits < t ? 1 : 0));
            Assert.Equal(expected, VictimProgram.Run(VictimProgram.Compiled("decision"), ["compare", .. arguments]).Trim());
        }
    }

    /// <summary>Around each threshold, and the ends.</summary>
    private static ulong[] Bits(LotThresholds thresholds) =>
        [.. ((ulong[])[thresholds.First, thresholds.AfterActed, thresholds.AfterLetGo]).SelectMany(t => (ulong[])[t - 1, t, t + 1]).Append(0UL).Append(LotThresholds.Always - 1)
            .Where(b => b < LotThresholds.Always).Distinct()];
}
