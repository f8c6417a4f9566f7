using Falter.Experiment;
using Falter.Records;

namespace Falter.Tests.Experiment;

public class TurnOrderTests
{
    [Fact]
    public void As_written_a_plan_is_repeated_before_the_next_begins() =>
        Assert.Equal([new Turn(0, 0), new Turn(0, 1), new Turn(1, 0), new Turn(1, 1)], TurnOrder.Of(2, 2, PlanOrder.AsWritten, 7));

    [Fact]
    public void At_random_all_turns_are_there_once_in_an_order_that_the_seed_gives()
    {
        IReadOnlyList<Turn> turns = TurnOrder.Of(20, 5, PlanOrder.Random, 7);
        Assert.Equal(TurnOrder.Of(20, 5, PlanOrder.AsWritten, 7), turns.OrderBy(t => t.Plan).ThenBy(t => t.Repetition));
        Assert.Equal(turns, TurnOrder.Of(20, 5, PlanOrder.Random, 7));
        Assert.NotEqual(turns, TurnOrder.Of(20, 5, PlanOrder.Random, 8));
        Assert.NotEqual(turns, TurnOrder.Of(20, 5, PlanOrder.AsWritten, 7));
    }

    [Fact]
    public void Every_turn_draws_lots_of_its_own_that_readers_of_JSON_keep_whole()
    {
        ulong[] seeds = [.. TurnOrder.Of(50, 20, PlanOrder.AsWritten, 7).Select(t => t.SeedOf(7))];
        Assert.Equal(seeds.Length, seeds.Distinct().Count());
        Assert.All(seeds, s => Assert.True(s < 1UL << 53));
    }
}
