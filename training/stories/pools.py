"""Names, places and things that stories are told of; which serve a base, `words.py` says."""


def _listed(text: str) -> tuple[str, ...]:
    return tuple(text.split())


NAMES = _listed("""
Mary John Daniel Sandra Bill Fred Jeff Julie Jason Antoine
Aaron Abby Abigail Abraham Ada Adam Adrian Agnes Ahmed Aidan Alan Albert Alec Alex Alexander
Alexandra Alexis Alfred Ali Alice Alison Allan Allen Alma Alvin Amanda Amber Amelia Amy Ana Andre
Andrea Andreas Andrew Andy Angela Angelo Anita Ann Anna Anne Annie Anthony Anton Antonio April
Archie Ariel Arnold Art Arthur Asher Ashley Aubrey Audrey August Austin Ava Barbara Barney Barry
Beatrice Becky Bella Ben Benedict Benjamin Bernard Bert Beth Betty Bob Bobby Boris Brad Bradley
Brandon Brenda Brent Brett Brian Bridget Brooke Bruce Bruno Bryan Bryce Byron Caleb Calvin Cameron
Carl Carla Carlo Carlos Carmen Carol Caroline Carrie Casey Cassandra Catherine Cecil Cecilia Chad
Charles Charlie Charlotte Chester Chloe Chris Christian Christina Christine Christopher Cindy
Claire Clara Clark Claude Claudia Clay Clayton Clement Cleo Clifford Clive Cody Cole Colin Connie
Connor Conrad Constance Cooper Cora Corey Craig Crystal Curtis Cynthia Daisy Dale Damian Dan Dana
Danny Darren Dave David Dawn Dean Deborah Debra Denis Dennis Derek Diana Diane Diego Dirk Dominic
Don Donald Donna Dora Dorothy Doug Douglas Drew Duncan Dustin Dwight Dylan Earl Ed Eddie Edgar
Edith Edmund Edward Edwin Eileen Elaine Eleanor Elena Eli Elias Elijah Elizabeth Ella Ellen Ellie
Elliot Elliott Elsa Emily Emma Eric Erica Erik Erin Ernest Ernst Esther Ethan Eugene Eva Evan Eve
Evelyn Faith Felix Fernando Finn Fiona Flora Florence Floyd Frances Francis Francisco Frank
Franklin Franz Freddie Frederick Fritz Gabriel Gail Garrett Gary Gavin Gene Geoffrey George Gerald
Gerard Gilbert Gina Glen Glenn Gloria Gordon Grace Graham Grant Greg Gregory Greta Guido Gus Guy
Gwen Hank Hannah Hans Harold Harriet Harris Harrison Harry Harvey Hassan Hazel Heath Heather
Hector Heidi Helen Helena Henri Henry Herbert Herman Hilda Holly Homer Hope Howard Hubert Hugh
Hugo Ian Ibrahim Ida Ingrid Irene Iris Isaac Isabel Isabella Ivan Ivy Jack Jackie Jackson Jacob
Jacques Jake James Jamie Jan Jane Janet Janice Jared Jasmine Jasper Jay Jean Jeffrey Jen Jenna
Jennifer Jenny Jeremy Jerome Jerry Jesse Jessica Jill Jim Jimmy Joan Joanna Jodi Joe Joel Johan
Johanna Johannes Johnny Jon Jonah Jonas Jonathan Jordan Jorge Jose Joseph Josh Joshua Joy Joyce
Juan Judith Judy Jules Julia Julian Juliet Julius June Justin Karen Karl Kate Katherine Kathleen
Kathy Katie Kay Keith Kelly Ken Kenneth Kenny Kent Kerry Kevin Kim Kirk Kit Klaus Kurt Kyle Lance
Larry Laura Lauren Laurence Lawrence Lea Leah Lee Leo Leon Leonard Leonardo Leroy Leslie Lester
Levi Lewis Liam Lila Lily Linda Lisa Liz Lloyd Logan Lois Lola Lorenzo Lou Louis Louise Lucas Lucia
Lucy Luis Luke Luna Luther Lydia Lynn Mabel Mae Maggie Malcolm Mandy Marc Marcel Marco Marcus
Margaret Maria Marian Marie Mario Marion Mark Marshall Martha Martin Marvin Mason Matt Matthew
Maurice Max Maxwell Maya Megan Melanie Melissa Mia Michael Michel Michelle Miguel Mike Miles
Milton Mina Miranda Miriam Mitchell Molly Monica Morgan Morris Moses Muhammad Murray Myra Nancy
Naomi Natalie Nathan Nathaniel Neil Nelson Nicholas Nick Nicole Nigel Nina Noah Noel Nora Norman
Norris Oliver Olivia Omar Oscar Otto Owen Pablo Paige Pamela Pat Patricia Patrick Paul Paula
Pauline Pedro Peggy Penny Percy Perry Pete Peter Phil Philip Phoebe Pierre Polly Preston Quentin
Quinn Rachel Ralph Ramon Randy Raphael Ray Raymond Rebecca Reginald Reid Rex Ricardo Richard Rick
Ricky Rita Rob Robert Roberto Robin Rodney Roger Roland Ron Ronald Rosa Rose Rosemary Ross Roy
Ruby Rudolf Rufus Rupert Russell Ruth Ryan Sally Sam Samantha Samuel Sara Sarah Saul Scott Sean
Sebastian Serena Seth Shane Shannon Sharon Shawn Sheila Shirley Sidney Simon Sofia Sonia Sophia
Sophie Spencer Stacy Stanley Stefan Stella Stephanie Stephen Steve Steven Stewart Stuart Sue Susan
Susie Suzanne Sybil Sylvia Tara Taylor Ted Terence Teresa Terry Theodore Theresa Thomas Tim
Timothy Tina Toby Todd Tom Tommy Tony Tracy Travis Trevor Troy Tyler Tyrone Ursula Valerie Vanessa
Vera Vernon Veronica Victor Victoria Vince Vincent Viola Violet Virginia Vivian Wade Wallace Walter
Wanda Warren Wayne Wendy Wesley Wilfred Will William Willie Wilson Winston Wolfgang Xavier Yusuf
Yvonne Zach Zoe
""")

PLACES = _listed("""
bathroom bedroom garden hallway kitchen office park school cinema
airport alley apartment aquarium arcade arena attic auditorium avenue backyard bakery balcony
ballroom bank bar barn barracks basement bay beach bistro bridge brewery bungalow bureau cabin
cafe cafeteria camp campus canal canyon capital carnival casino castle cathedral cave cellar
cemetery center chamber chapel chateau church city clinic cliff closet club coast college
colony corner corridor cottage country courthouse courtyard creek crossroads crypt dairy deck
den depot desert diner dock dormitory dorm driveway dungeon embassy estate exhibition
factory fair farm farmhouse field fireplace forest forge fort fortress foundry fountain foyer
gallery garage gate gym gymnasium hall hangar harbor harbour haven headquarters highway hill
hospital hostel hotel house hut inn institute island jail jungle junction laboratory lab lake
laundry lawn library lighthouse loft lobby lodge lounge mall manor mansion market marketplace
marsh meadow mill mine monastery monument morgue mosque motel mountain museum nursery oasis
observatory ocean opera orchard orphanage outpost palace parade parlor pasture patio pavilion
penthouse pharmacy pier plantation playground plaza pond pool porch port prairie prison pub
quarry railway ranch reef refuge reservoir resort restaurant ridge river road roof rooftop ruins
salon saloon sanctuary sauna sea shed shelter shop shore shrine sidewalk spa square stable
stadium staircase stage station street studio suburb subway suite summit supermarket swamp
synagogue tavern temple tent terminal terrace theater theatre tomb tower town trail trench tunnel
university valley vault veranda village villa vineyard volcano ward warehouse waterfall waterfront
wharf wilderness winery woods workplace workshop yard zoo
""")

THINGS = _listed("""
football milk apple
accordion album alarm ambulance anchor apron armor arrow axe backpack badge bag ball balloon banana
bandage banjo banner barrel baseball basket basketball bat battery bean bell belt bicycle bike
bible biscuit blade blanket block board boat bolt bone book boot bottle bow bowl bowling box
bracelet bread brick broom brush bucket buckle bullet burger butter button cable cage cake
calculator calendar camera candle candy cane cannon canoe canvas cap card carpet carrot cart carton
cassette chain chair chalk charger cheese cherry chess chicken chip chisel chocolate cigar
cigarette clarinet clay cloak clock cloth coat coconut coffee coin collar comb compass computer
console cookie copper corn cotton couch cracker cradle crane crate crayon cream cross crown crystal
cucumber cup curtain cushion dagger dart desk diamond diary dice dictionary dish disk doll
document donut drawer dress drill drink drone drum duck dumpling earring egg emerald envelope
eraser fan feather fiddle file film flag flashlight flask flour flower flute folder fork frame
fruit funnel fur garlic gem gift ginger glass globe glove glue goggles gold grain grape guitar gun
hammer hammock handbag handkerchief harmonica harness harp hat headset heater helmet herb honey
hood hook horn hose ice ink iron ivory jacket jade jar jeans jelly jewel jug juice kettle key
keyboard kit kite knife ladder lamp lantern laptop laser lattice leaf leather lemon lens letter
lettuce lid lighter lime lipstick lock locket log lotion lunch machine magazine magnet mango
manual map marble marker mask mat match mattress meat medal medicine melon menu microphone
microscope mirror mixer money monitor mop motor mouse mug mushroom nail napkin necklace needle
net newspaper notebook novel nut oar oil olive onion orange organ oven package paddle paint
painting pan paper parachute parcel passport paste pasta peach peanut pear pearl pebble pen
pencil pepper perfume phone photo photograph piano pickle picture pie pillow pin pineapple pipe
pistol pizza plant plastic plate plum poem postcard poster pot potato pottery pouch powder
printer projector prop pumpkin puppet purse puzzle quilt racket radio radar raft rake razor
receipt recipe record remote ribbon rice rifle ring robe robot rock rocket rod roller rope rubber
ruby ruler rug sack saddle sail salad salmon salt sandal sandwich sapphire sauce sausage saw
saxophone scale scarf scissors scooter screen screw screwdriver script scroll seat seed shampoo
shawl shield shirt shoe shovel silk silver skate sketch ski skirt sleeve slipper soap sock soda
sofa soil soup spear speaker sphere spice spider sponge spoon spray stamp staple statue steak
stick sticker stone stool stove straw string sugar suitcase suit sunscreen sword syringe syrup
tablet table tape tea telephone telescope television tennis thermometer thread ticket tie tile
timber tire toast tobacco tomato tool toothbrush torch towel toy tractor tray treasure tripod
trophy trousers truck trumpet trunk tube turkey typewriter umbrella uniform vacuum vase vegetable
veil vest vial video vinegar violin wagon wallet wand watch water wax weapon wheat wheel
whip whistle wig wine wire wood wool wrench yarn yogurt
""")

GOODS = _listed("""
tea coffee rice sugar flour salt pepper milk bread cheese butter honey oil vinegar pasta beans corn
oats nuts peanuts almonds chips cookies candy chocolate eggs apples pears oranges lemons bananas
grapes cherries peaches plums berries potatoes tomatoes onions carrots mushrooms peas cabbage beef
pork chicken fish salmon tuna shrimp juice beer wine soda water soap shampoo detergent bleach paper
envelopes stamps pens pencils markers crayons erasers staples clips folders files labels stickers
tape glue string rope wire cables batteries bulbs lamps candles matches screws nails bolts bricks
tiles boards panels pipes paint brushes towels napkins cups plates bowls forks knives spoons bottles
jars lids bags boxes sheets pillows blankets curtains shirts shoes socks gloves hats jackets masks
bandages pills syringes filters seeds fertilizer soil sand cement gravel coal wood fuel ink
toner disks chairs tables desks tents helmets tires
""")

TOPICS = _listed("""
budget sales design marketing planning safety project team board staff training finance research
quality product engineering support legal strategy science history music choir chess yoga dance
poetry writing reading drama tennis football swimming running cooking painting photography garden
travel language math physics chemistry biology art film book union council committee parents
teachers students neighbors volunteer charity church wedding birthday holiday moving housing energy
traffic health security software hardware network data release testing review interview hiring
onboarding audit tax insurance investment purchasing logistics shipping delivery production
maintenance repair
""")
