using System.Globalization;
using System.Text;
using Falter.Model;
using Falter.Records;
using Falter.Tests.House;

namespace Falter.Tests.Model;

/// <summary>The long form of <see cref="JudgeSimulationTests"/> and <see cref="ThresholdSearchTests"/>: run by eng/judge-simulation, which keeps the tables of docs/reference/judging.md.</summary>
public class JudgeCampaign
{
    private const string Begin = "<!-- Written by eng/judge-simulation -->", End = "<!-- end -->";

    [Fact(Explicit = true)]
    public void The_tables_of_the_page_are_those_of_the_simulation()
    {
        int turns = int.Parse(Environment.GetEnvironmentVariable("FALTER_SIMULATION_TURNS") ?? "2000", CultureInfo.InvariantCulture);
        var text = new StringBuilder();
        Table(text, "Nothing happens: worse than resilient in", JudgeSimulation.Null, turns, out double worst);
        Table(text, "Nothing happens, and own outages are longer than the promise covers: worse than resilient in", JudgeSimulation.Beyond, turns, out _);
        Table(text, "Something happens in phases of 20 s: found in", JudgeSimulation.Effects, Math.Max(100, turns / 5), out _);
        Thresholds(text, turns);
        string page = Repository.PathOf("docs/reference/judging.md"), old = File.ReadAllText(page);
        int from = old.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, to = old.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("FALTER_UPDATE") == "1") File.WriteAllText(page, $"{old[..from]}\n{text}\n{old[to..]}");
        // Where even the lower end of the interval is above the promise, it is broken.
        Assert.True(worst <= 0.01, text.ToString());
    }

    private static void Table(StringBuilder text, string title, IReadOnlyList<(string Name, SimulatedSystem System)> systems, int turns, out double worst)
    {
        worst = 0;
        text.Append(CultureInfo.InvariantCulture, $"\n| {title} | of turns | 95 % interval | verdicts of {turns} turns |\n|---|---|---|---|\n");
        foreach ((string name, SimulatedSystem system) in systems)
        {
            IReadOnlyDictionary<Verdict, int> counts = JudgeSimulation.Run(system, turns, seed: 1);
            int alarms = JudgeSimulation.Alarms(counts);
            (double low, double high) = Proportions.Wilson(alarms, turns);
            worst = Math.Max(worst, low);
            string verdicts = string.Join(", ", counts.OrderBy(c => c.Key).Select(c => $"{c.Value} {Records.Words.Of(c.Key)}"));
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Shares.Format(alarms / (double)turns)} | {Shares.Format(low)} to {Shares.Format(high)} | {verdicts} |\n");
            Console.WriteLine($"{name}: {alarms} of {turns}");
        }
    }

    private static void Thresholds(StringBuilder text, int searches)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n| Threshold search: slope of the target | covered by the 95 % interval | median turns | median ratio of the interval's ends |\n|---|---|---|---|\n");
        foreach (double slope in SimulatedThreshold.Slopes)
        {
            SimulatedThreshold.Result result = SimulatedThreshold.Search(slope, searches, seed: 3);
            text.Append(CultureInfo.InvariantCulture, $"| {slope} | {Shares.Format(result.Covered)} | {result.MedianTurns} | {result.MedianRatio:0.##} |\n");
        }
    }
}
