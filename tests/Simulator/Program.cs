using System.CommandLine;
using EnergyWatch.Simulator.Commands;

var clock = TimeProvider.System;
var root = new RootCommand("Plays the demo county: its seeds, its history, its meters and gateways.")
{
    SeedsCommand.Create(), HistoryCommand.Create(clock), RunCommand.Create(clock),
};
return await root.Parse(args).InvokeAsync();
