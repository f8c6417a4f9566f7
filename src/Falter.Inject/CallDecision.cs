using Falter.Records;

namespace Falter.Inject;

/// <summary>What is to become of one call.</summary>
/// <param name="Rule">The rule that acts on it, else one that matched it; null where none did: the call goes on, and nothing has to be told of it.</param>
/// <param name="Acts">Whether the rule acts on it.</param>
/// <param name="AtExit">Whether the decision falls at the call's exit (<see cref="ArmedRules.OnExit"/>): the call must be let go on until then.</param>
/// <param name="DelayEnter">How long it is held before it is carried out or skipped.</param>
/// <param name="DelayExit">How long it is held afterwards.</param>
/// <param name="Again">Whether the call was begun before and interrupted: what was done at its entry must not be done twice, but for what the call itself is given.</param>
internal readonly record struct CallDecision(SyscallFault? Rule, bool Acts, bool AtExit, TimeSpan DelayEnter, TimeSpan DelayExit, bool Again = false)
{
    public static CallDecision None => default;

    /// <summary>What is done; null where nothing is.</summary>
    public SyscallEffect? Effect => Acts ? Rule!.Effect : null;
}
